"""What tests ask of a page from within it: scripts for `page.evaluate`, each answers what is wrong, in words."""

REFUSED = """
window.refused = []
addEventListener('securitypolicyviolation', each => {
    refused.push(`policy ${each.violatedDirective} ${each.blockedURI}`)
})
"""
"""Run before the page's own; `window.refused` has what the policy reported."""

KEYBOARD = """() => {
    const wrong = []
    const words = each => each.outerHTML.slice(0, 120)
    const drawn = each => [each, each.parentElement, each.nextElementSibling].filter(Boolean).flatMap(
        part => [null, '::before', '::after'].map(which => {
            const is = getComputedStyle(part, which)
            return [is.outlineStyle, is.outlineWidth, is.outlineColor, is.boxShadow, is.backgroundColor, is.borderColor]
        })
    ).join()
    const reached = 'a[href], button, input, select, textarea, summary, [tabindex]'
    const seen = each => each.type !== 'hidden' && !each.disabled && each.checkVisibility({ visibilityProperty: true })
    const order = [...document.querySelectorAll(reached)].filter(each => each.tabIndex >= 0 && seen(each))
    if (!order[0]?.matches('.govuk-skip-link')) wrong.push('does not begin with the way past the navigation')
    for (const each of order) {
        const before = drawn(each)
        if (each.tabIndex > 0) wrong.push(`changes the order of focus: ${words(each)}`)
        each.focus({ preventScroll: true })
        if (document.activeElement !== each) wrong.push(`takes no focus: ${words(each)}`)
        else if (drawn(each) === before) wrong.push(`shows no focus: ${words(each)}`)
        each.blur()
    }
    for (const each of document.querySelectorAll('main *, header *, footer *')) {
        const is = getComputedStyle(each)
        if (is.order !== '0' || is.flexDirection.endsWith('reverse'))
            wrong.push(`is seen in another order: ${words(each)}`)
    }
    return wrong
}"""
"""What a keyboard does not reach, or reaches unseen, or in another order than it is seen."""

FORCED_COLOURS = """() => {
    const framed = '.govuk-button, .govuk-input, .govuk-select, .govuk-textarea, .tp-button'
    const unseen = each => {
        const is = getComputedStyle(each)
        return is.color === is.backgroundColor || (each.matches(framed) && is.borderStyle === 'none')
    }
    return [...document.querySelectorAll(`button, .govuk-tag, ${framed}`)]
        .filter(each => each.checkVisibility() && unseen(each))
        .map(each => `is not seen in forced colours: ${each.outerHTML.slice(0, 120)}`)
}"""
"""To be asked while these are set: controls without a frame, words in the colour of their ground."""

UNSENT = """() => [...document.forms]
    .filter(form => ![...form.elements].some(each => each.type === 'submit'))
    .map(form => `has no button that sends it without scripts: ${form.outerHTML.slice(0, 120)}`)
"""
"""Forms without a button of their own, wherever on the page that stands."""
