// How far a job is: the server tells it as it goes on, the page says each stage once and is loaded again at the end.
const bar = document.getElementById('progress')
const went = document.getElementById('went')
let stage = ''
const told = new EventSource(bar.dataset.events)
told.addEventListener('progress', event => {
  const now = JSON.parse(event.data)
  bar.value = now.fraction || 0
  // A screen reader says what changes here: each stage, not each per cent.
  if (now.stage !== stage) { stage = now.stage; went.textContent = now.words }
  bar.title = now.words
})
told.addEventListener('end', () => { told.close(); location.reload() })
told.addEventListener('error', () => { if (told.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 10000) })
