// The map of a match, its player, and what moves with them. Without scripts the page has the drawn map and the tables.
const NS = 'http://www.w3.org/2000/svg'
const $ = id => document.getElementById(id)
const told = JSON.parse($('told').content.textContent)
const { scene } = told
const fixes = told.fixes.map(([t, words, distance, accuracy, where, by, reference]) => ({ t, words, distance, accuracy, where, by, reference }))
const length = told.to - told.from
const at = ([x, y]) => [y, x]
const box = ([west, south, east, north]) => [[south, west], [north, east]]
const words = text => Object.assign(document.createElement('span'), { textContent: text })

// Colours are those of the classes in maps.css: a canvas is told them one by one.
const sheet = document.createElementNS(NS, 'svg')
sheet.classList.add('tp-sheet')
sheet.setAttribute('aria-hidden', 'true')
document.body.append(sheet)
const known = {}
function styleOf (name) {
  if (!known[name]) {
    const path = document.createElementNS(NS, 'path')
    path.setAttribute('class', name)
    sheet.append(path)
    const s = getComputedStyle(path)
    known[name] = {
      stroke: s.stroke !== 'none', color: s.stroke, weight: parseFloat(s.strokeWidth), opacity: +s.strokeOpacity,
      fill: s.fill !== 'none', fillColor: s.fill, fillOpacity: +s.fillOpacity,
      dashArray: s.strokeDasharray === 'none' ? null : s.strokeDasharray.replace(/px/g, '').replace(/,/g, ' ')
    }
  }
  return known[name]
}

const drawn = $('map').querySelector('svg')
drawn.remove()
$('map').classList.add('tp-map--live')
const map = L.map('map', {
  crs: L.CRS.Simple, renderer: L.canvas({ padding: 0.3 }), minZoom: -6, maxZoom: 5, zoomSnap: 0.25, zoomAnimation: false,
  fadeAnimation: false, markerZoomAnimation: false, wheelPxPerZoomLevel: 120
})
$('map').setAttribute('role', 'region')
$('map').setAttribute('aria-label', `${scene.title}. ${scene.description} Arrow keys move it, plus and minus zoom.`)
map.attributionControl.setPrefix(false)
scene.attribution.forEach(text => map.attributionControl.addAttribution(words(text).innerHTML))
L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map)
const north = L.control({ position: 'topright' })
north.onAdd = () => Object.assign(document.createElement('div'), { className: 'tp-north', textContent: '▲ N' })
north.addTo(map)

const Cross = L.CircleMarker.extend({
  _updatePath () {
    const r = this._renderer
    if (!r._drawing || this._empty()) return
    const { x, y } = this._point
    const half = this.options.half
    const c = r._ctx
    c.beginPath()
    if (this.options.upright) { c.moveTo(x - half, y); c.lineTo(x + half, y); c.moveTo(x, y - half); c.lineTo(x, y + half) } else { c.moveTo(x - half, y - half); c.lineTo(x + half, y + half); c.moveTo(x - half, y + half); c.lineTo(x + half, y - half) }
    r._fillStroke(c, this)
  }
})

function shapeOf (s) {
  if (s.m === 'name') {
    const icon = L.divIcon({ className: 'tp-place', html: words(s.t).innerHTML, iconSize: null })
    return L.marker(at(s.at), { icon, interactive: false, keyboard: false })
  }
  const style = { ...styleOf(s.c), interactive: false }
  if (s.m === 'area') return L.polygon(s.at.map(ring => ring.map(at)), style)
  if (s.m === 'line') {
    const line = L.polyline(s.at.map(at), { ...style, interactive: !!s.n })
    if (s.n) line.bindTooltip(words(s.n), { permanent: true, direction: 'center', className: 'tp-note' })
    return line
  }
  if (s.m === 'circle') return L.circle(at(s.at), { ...style, radius: s.r })
  const live = { ...style, interactive: s.k !== undefined, bubblingMouseEvents: false }
  const mark = s.m === 'x' || s.m === 'cross'
    ? new Cross(at(s.at), { ...live, radius: 8, half: s.m === 'x' ? 4 : 9, upright: s.m === 'cross', fill: false })
    : L.circleMarker(at(s.at), { ...live, radius: 4.5 })
  if (s.k !== undefined) mark.on('click', () => choose(+s.k))
  const f = fixes[s.k]
  if (f || s.t) mark.bindTooltip(words(f ? `${f.words}, ${f.distance} away, ${f.where}` : s.t))
  return mark
}

// Layers, each with a tick box that is kept for the session.
const kept = JSON.parse(sessionStorage.getItem('tp-layers') || '{}')
const layers = {}
const grid = L.layerGroup()
const letters = L.layerGroup()
const groups = [...scene.layers.map(each => [each.name, each.title, L.layerGroup(each.shapes.map(shapeOf)), each.shown])]
const streets = L.layerGroup()
if ($('map').dataset.streets) groups.splice(1, 0, ['streets', 'Streets', streets, true])
groups.splice(1, 0, ['grid', 'National Grid', grid, true])
groups.push(['letters', 'Letters', letters, true])
map.fitBounds(box(scene.extent), { padding: [0, 0] })
for (const [name, title, group, shown] of groups) {
  layers[name] = group
  const on = kept[name] ?? shown
  if (on) group.addTo(map)
  if (name === 'circle' || name === 'positions') continue
  const label = document.createElement('label')
  label.className = 'tp-layer'
  const tick = Object.assign(document.createElement('input'), { type: 'checkbox', checked: on })
  tick.addEventListener('change', () => {
    tick.checked ? group.addTo(map) : group.remove()
    kept[name] = tick.checked
    drawArrows()
    sessionStorage.setItem('tp-layers', JSON.stringify(kept))
  })
  label.append(tick, ` ${title}`)
  $('layers').append(label)
}

// Lines of the National Grid for what is seen, with their kilometres.
function drawGrid () {
  grid.clearLayers()
  const b = map.getBounds()
  const [w, e, s, n] = [b.getWest(), b.getEast(), b.getSouth(), b.getNorth()]
  const step = scene.gridSteps.find(each => Math.max(e - w, n - s) / each <= scene.gridLines) || scene.gridSteps.at(-1)
  const style = { ...styleOf('map-grid'), interactive: false }
  const km = metres => (metres / 1000).toFixed(step < 1000 ? 1 : 0)
  const figure = (where, text, anchor) => L.marker(where, {
    interactive: false, keyboard: false, icon: L.divIcon({ className: 'tp-grid-figure', html: text, iconSize: [60, 14], iconAnchor: anchor })
  }).addTo(grid)
  for (let x = Math.ceil(w / step) * step; x < e; x += step) {
    L.polyline([[s, x], [n, x]], style).addTo(grid)
    figure([n, x], `${km(x)} E`, [-3, -2])
  }
  for (let y = Math.ceil(s / step) * step; y < n; y += step) {
    L.polyline([[y, w], [y, e]], style).addTo(grid)
    figure([y, e], `${km(y)} N`, [63, 14])
  }
}

// Which way: an open arrow in the middle of each stretch of path that is long enough to be seen.
const directed = scene.layers.flatMap(layer => layer.shapes.filter(each => each.d))
const arrows = L.layerGroup()
function drawArrows () {
  arrows.clearLayers()
  if (!map.hasLayer(layers.path)) return
  const size = map.getSize()
  for (const line of directed) {
    for (let i = 1; i < line.at.length; i++) {
      const [a, b] = [line.at[i - 1], line.at[i]].map(each => map.latLngToContainerPoint(at(each)))
      const long = a.distanceTo(b)
      const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2]
      if (long < 36 || x < 0 || y < 0 || x > size.x || y > size.y) continue
      const [dx, dy] = [6 * (b.x - a.x) / long, 6 * (b.y - a.y) / long]
      const ends = [[x - dx - dy * 0.7, y - dy + dx * 0.7], [x, y], [x - dx + dy * 0.7, y - dy - dx * 0.7]]
      L.polyline(ends.map(p => map.containerPointToLatLng(p)), { ...styleOf('map-arrow'), interactive: false }).addTo(arrows)
    }
  }
}
arrows.addTo(map)

// Letters in eight places round what they belong to, nearest first, none over another: as the drawn map has them.
const RINGS = [24, 40, 58, 80, 108, 144, 190]
const TURNS = [1, 0, 7, 3, 4, 5, 2, 6].map(k => [Math.cos(k * Math.PI / 4), -Math.sin(k * Math.PI / 4)])
const meets = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
function crosses (a, b, r) {
  let low = 0
  let high = 1
  for (const i of [0, 1]) {
    const step = b[i] - a[i]
    if (step === 0) { if (a[i] <= r[i] || a[i] >= r[i + 2]) return false; continue }
    const ends = [(r[i] - a[i]) / step, (r[i + 2] - a[i]) / step].sort((p, q) => p - q)
    low = Math.max(low, ends[0])
    high = Math.min(high, ends[1])
  }
  return low < high
}
function drawLetters () {
  letters.clearLayers()
  const size = map.getSize()
  const placed = []
  for (const each of scene.letters) {
    const p = map.latLngToContainerPoint(at(each.at))
    const a = [p.x, p.y]
    const half = (9.5 * each.letter.length + 8) / 2
    search: for (const ring of RINGS) {
      for (const [dx, dy] of TURNS) {
        const [x, y] = [a[0] + dx * (ring + half - 8), a[1] + dy * ring]
        const r = [x - half, y - 9, x + half, y + 9]
        const edge = [Math.min(Math.max(a[0], r[0]), r[2]), Math.min(Math.max(a[1], r[1]), r[3])]
        if (r[0] < 2 || r[1] < 18 || r[2] > size.x - 52 || r[3] > size.y - 20) continue
        if (placed.some(o => meets(r, o.r) || crosses(o.a, o.edge, r) || crosses(a, edge, o.r))) continue
        placed.push({ r, a, edge })
        const put = point => map.containerPointToLatLng(point)
        L.polyline([put(a), put(edge)], { ...styleOf('map-leader'), interactive: false }).addTo(letters)
        const icon = L.divIcon({ className: 'tp-letter', html: each.letter, iconSize: [2 * half, 18] })
        L.marker(put([x, y]), { icon, interactive: false, keyboard: false }).addTo(letters)
        break search
      }
    }
  }
}
// Streets of the box that is seen, from this server; an older answer is not drawn over a newer one.
let asked = 0
async function drawStreets () {
  const where = $('map').dataset.streets
  if (!where) return
  const mine = ++asked
  const b = map.getBounds()
  const ask = new URLSearchParams({ west: b.getWest(), south: b.getSouth(), east: b.getEast(), north: b.getNorth() })
  const answer = await fetch(`${where}?${ask}`).catch(() => null)
  if (mine !== asked || !answer || !answer.ok) return
  const layer = await answer.json()
  streets.clearLayers()
  layer.shapes.reverse().forEach(each => { const s = shapeOf(each).addTo(streets); if (s.bringToBack) s.bringToBack() })
  layers.base.eachLayer(each => each.bringToBack())
}
map.on('moveend', () => { drawGrid(); drawArrows(); drawLetters(); drawStreets() })
drawStreets()
drawGrid()
drawArrows()
drawLetters()
$('to-circle').addEventListener('click', () => map.fitBounds(box(scene.extent)))
$('to-window').addEventListener('click', () => map.fitBounds(box(scene.whole)))

// The player: time goes by as it did, so a stay lasts as long as it lasted.
const places = scene.layers.find(each => each.name === 'positions').shapes.map(each => each.at)
const order = fixes.map((_, k) => k).sort((a, b) => fixes[a].t - fixes[b].t)
const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' })
const ring = L.circleMarker([0, 0], { ...styleOf('map-chosen'), radius: 9, interactive: false })
const lines = ['strip', 'distance'].map(id => {
  const line = document.createElementNS(NS, 'path')
  line.setAttribute('class', 'strip-now')
  $(id).querySelector('svg').append(line)
  return line
})
let now = 0
let chosen = null
let playing = null
$('seek').max = Math.max(Math.round(length), 1)

function show (seconds) {
  now = Math.min(Math.max(seconds, 0), length)
  $('seek').value = now
  $('clock').textContent = clock.format(new Date((told.from + now) * 1000))
  $('seek').setAttribute('aria-valuetext', $('clock').textContent)
  const x = 56 + 644 * (length ? now / length : 0.5)
  lines.forEach((line, i) => line.setAttribute('d', `M${x.toFixed(1)} ${i ? 14 : 12}V${i ? 206 : 56}`))
}
function mark (k) {
  if (k === chosen) return
  $(`position-${chosen}`)?.classList.remove('tp-row--chosen')
  chosen = k
  if (k === null) { ring.remove(); return }
  const f = fixes[k]
  $(`position-${k}`)?.classList.add('tp-row--chosen')
  ring.setLatLng(at(places[k])).addTo(map)
  if (!map.getBounds().contains(at(places[k]))) map.panTo(at(places[k]), { animate: false })
  $('chosen').textContent = `${f.words}: ${f.distance} from the crime, known to ${f.accuracy}, ${f.where}, by ${f.by}. ${f.reference}`
  $('copy').hidden = !f.reference || !navigator.clipboard
}
function choose (k) { show(fixes[k].t - told.from); mark(k) }
function seek (seconds) {
  show(seconds)
  let last = null
  for (const k of order) { if (fixes[k].t - told.from <= now + 1e-6) last = k; else break }
  mark(last)
}
function step (by) {
  const place = order.indexOf(chosen)
  const next = chosen === null ? (by > 0 ? 0 : order.length - 1) : place + by
  if (next >= 0 && next < order.length) choose(order[next])
  return next < order.length
}
function stop () {
  cancelAnimationFrame(playing?.frame)
  clearInterval(playing?.timer)
  playing = null
  $('play').textContent = 'Play'
}
function play () {
  if (playing) { stop(); return }
  $('play').textContent = 'Pause'
  if (now >= length) seek(0)
  playing = {}
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
    playing.timer = setInterval(() => step(1) || stop(), 1000)
    return
  }
  let before = null
  const frame = t => {
    if (!playing) return
    if (before !== null) seek(now + (t - before) / 1000 * $('speed').value)
    before = t
    if (now >= length) stop(); else playing.frame = requestAnimationFrame(frame)
  }
  playing.frame = requestAnimationFrame(frame)
}
$('play').addEventListener('click', play)
$('earlier').addEventListener('click', () => { stop(); step(-1) })
$('later').addEventListener('click', () => { stop(); step(1) })
$('seek').addEventListener('input', () => { stop(); seek(+$('seek').value) })
$('copy').addEventListener('click', () => navigator.clipboard.writeText(fixes[chosen].reference))
show(0)
$('tools').hidden = false

// On paper the drawn map: a canvas of the screen is coarse there.
addEventListener('beforeprint', () => { drawn.classList.add('tp-printed-map'); $('map').before(drawn) })
addEventListener('afterprint', () => drawn.remove())
