// What every page does with scripts on: the components of the design system, and the question whether somebody is still
// there, five minutes before the session ends. Pages are whole without.
import { initAll } from './vendor/govuk-frontend.min.js'

document.body.classList.add('js-enabled')
if ('noModule' in HTMLScriptElement.prototype) document.body.classList.add('govuk-frontend-supported')
initAll()

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => print())
}

const MINUTE = 60000
const still = document.body.dataset.still
if (still) {
  let dialog = null
  let timers = []

  const wait = () => {
    timers.forEach(clearTimeout)
    timers = [setTimeout(ask, 25 * MINUTE), setTimeout(over, 30 * MINUTE)]
  }
  const part = (kind, words, name) => {
    const made = document.createElement(kind)
    made.textContent = words
    made.className = name
    return made
  }
  const show = (title, words, label, then) => {
    if (dialog) dialog.remove()
    dialog = document.createElement('dialog')
    dialog.className = 'tp-still'
    dialog.setAttribute('aria-labelledby', 'still-title')
    const heading = part('h2', title, 'govuk-heading-m')
    heading.id = 'still-title'
    const button = part('button', label, 'govuk-button')
    button.type = 'button'
    button.addEventListener('click', then)
    dialog.append(heading, part('p', words, 'govuk-body'), button)
    document.body.append(dialog)
    dialog.showModal()
  }
  const ask = () => show('Are you still there?', 'Your session ends in 5 minutes without use. What you have typed stays.', 'Stay logged in', async () => {
    const answer = await fetch(still, { redirect: 'manual' }).catch(() => null)
    if (answer && answer.status === 204) {
      dialog.close()
      wait()
    } else over()
  })
  const over = () => show('Your session has ended', 'What you have typed stays. When you send it you are asked to log in, and nothing is lost.', 'Close', () => dialog.close())
  wait()
}
