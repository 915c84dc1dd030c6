// How much of a file has been sent, and a look again while one is read. Without it the form sends and the page refreshes.
const form = document.querySelector('[data-sends]')
if (form) {
  const bar = form.querySelector('progress')
  const told = form.querySelector('[data-progress]')
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const sending = new XMLHttpRequest()
    let quarter = -1
    sending.upload.addEventListener('progress', (done) => {
      if (!done.lengthComputable) return
      bar.hidden = false
      bar.value = 100 * done.loaded / done.total
      const now = Math.floor(4 * done.loaded / done.total)
      if (now !== quarter) told.textContent = `${25 * (quarter = now)} per cent sent`
    })
    sending.addEventListener('load', () => {
      if (sending.status === 200 && sending.responseURL !== form.action) location.assign(sending.responseURL)
      else {
        const page = new DOMParser().parseFromString(sending.responseText, 'text/html')
        document.title = page.title
        document.querySelector('main').replaceWith(page.querySelector('main'))
        const summary = document.querySelector('.govuk-error-summary')
        if (summary) { summary.tabIndex = -1; summary.focus() }
      }
    })
    sending.addEventListener('error', () => { told.textContent = 'The file was not sent: the connection broke off. Send it again.' })
    sending.open('POST', form.action)
    sending.send(new FormData(form))
  })
}

if (document.querySelector('[data-waits]')) {
  const look = async () => {
    const answer = await fetch(location.href).catch(() => null)
    if (answer && answer.ok && !(await answer.text()).includes('data-waits')) location.reload()
    else setTimeout(look, 3000)
  }
  setTimeout(look, 2000)
}
