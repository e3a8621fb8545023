// The chips seen from above: a square per core, lines for the links that carried anything.

const kCell = 46, kGap = 26, kStep = kCell + kGap, kHost = 44;
// Cividis: dark to bright for all kinds of colour vision, and in grey.
const kScale = ['#00224e', '#123570', '#3b496c', '#575d6d', '#707173', '#8a8678', '#a59c74', '#c3b369', '#e1cc55', '#fee838'];

function scaleColour(share) {
  const place = Math.min(Math.max(share, 0), 1) * (kScale.length - 1);
  const i = Math.min(Math.floor(place), kScale.length - 2);
  const [a, b] = [kScale[i], kScale[i + 1]].map((c) => [1, 3, 5].map((p) => parseInt(c.slice(p, p + 2), 16)));
  return `rgb(${a.map((v, k) => Math.round(v + (b[k] - v) * (place - i))).join(',')})`;
}

const stalledOf = (core) => sum(kCauses.map((cause) => core.stalled_ns[cause] || 0));
const shareText = (x) => percent(x);

/** How long a core keeps the next image away: where it converts one vector while it multiplies the next, its crossbar alone counts. */
function paceOf(report, core) {
  const {crossbar, mapping} = report.chip.resolved;
  if (!mapping.overlap_mvm_digital || core.mvms === 0) return Math.min(core.busy_ns, report.totals.interval_ns);
  const [phases, overhead] = crossbar.read_mode === '1-phase' ? [1, crossbar.one_phase_overhead_ns] : [4, crossbar.four_phase_overhead_ns];
  return core.mvms * phases * (2 ** (crossbar.input_bits - 1) * crossbar.input_lsb_ns + overhead);
}

/** What can be shown of cores and links: name, of a core, of a link (null: says nothing), text. */
function floorMeasures(report) {
  const all = report.totals.latency_ns;
  const {network, energy} = report.chip.resolved;
  const linkNj = network && energy ? (network.flit_bytes * (energy.link_fj_per_byte_hop + energy.router_fj_per_byte)) / 1e6 : 0;
  return {
    busy: ['busy, share of one image’s time', (c) => c.busy_ns / all, (l) => l.busy_ns / all, shareText],
    stalled: ['stalled, share of one image’s time (links: most flits that waited)', (c) => stalledOf(c) / all, (l) => l.max_queue, shareText, number],
    energy: ['energy of one image', (c) => c.energy_nj, (l) => l.flits * linkNj, energyText],
    pace: ['at work at full pipeline, share of the interval', (c) => paceOf(report, c) / report.totals.interval_ns, (l) => l.busy_ns / report.totals.interval_ns, shareText],
  };
}

/** Where cores and hosts are: chips in rows of up to four. */
function floorLayout(cores) {
  const chips = [...new Set(cores.map((c) => c.chip || 0))].sort((a, b) => a - b);
  const of = (chip) => cores.filter((c) => (c.chip || 0) === chip);
  const least = Object.fromEntries(chips.map((chip) => [chip, [Math.min(...of(chip).map((c) => c.x)), Math.min(...of(chip).map((c) => c.y))]]));
  const columns = Math.max(...cores.map((c) => c.x - least[c.chip || 0][0])) + 1;
  const rows = Math.max(...cores.map((c) => c.y - least[c.chip || 0][1])) + 1;
  const across = Math.min(chips.length, columns > 12 ? 1 : 4);
  const [wide, high] = [columns * kStep + kHost + 30, rows * kStep + 44];
  const corner = (chip) => {
    const i = chips.indexOf(chip);
    return [kHost + (i % across) * wide, 26 + Math.floor(i / across) * high];
  };
  const places = new Map(cores.map((c) => {
    const chip = c.chip || 0, [x, y] = corner(chip);
    return [c.id, {chip, x: x + (c.x - least[chip][0]) * kStep, y: y + (c.y - least[chip][1]) * kStep, column: c.x, row: c.y}];
  }));
  return {chips, corner, places, width: across * wide, height: Math.ceil(chips.length / across) * high};
}

/** One link, beside the one that runs the other way. */
function linkLine(layout, link, stroke, width) {
  const [a, b] = [layout.places.get(link.from), layout.places.get(link.to)];
  const core = a || b;
  if (!core) return null;
  const half = kCell / 2, middle = (p) => [p.x + half, p.y + half];
  const style = {fill: 'none', stroke, 'stroke-width': width.toFixed(2), 'stroke-linecap': 'round'};
  if (!a || !b) {  // the host stands left of its chip
    const y = core.y + half + (a ? 4 : -4);
    const left = layout.corner(core.chip)[0] - kHost + 34;
    const bow = core.x > layout.corner(core.chip)[0] ? core.y - 9 + (a ? 3 : 0) : y;
    return svg('path', {...style, d: bow === y ? `M${left},${y}H${core.x}` : `M${left},${bow}H${core.x + 8}V${core.y}`});
  }
  const [[ax, ay], [bx, by]] = [middle(a), middle(b)];
  const near = a.chip === b.chip && Math.abs(ax - bx) + Math.abs(ay - by) <= kStep + 1;
  const length = Math.hypot(bx - ax, by - ay) || 1;
  const side = [-(by - ay) / length, (bx - ax) / length];
  if (near) {
    const to = (x, y, away, s) => [x + side[0] * 5 + ((bx - ax) / length) * away * s, y + side[1] * 5 + ((by - ay) / length) * away * s];
    const [p, q] = [to(ax, ay, half, 1), to(bx, by, half, -1)];
    return svg('path', {...style, d: `M${p}L${q}`});
  }
  const bow = Math.min(40, length / 5);
  return svg('path', {...style, 'stroke-opacity': 0.75, d: `M${ax},${ay}Q${(ax + bx) / 2 + side[0] * bow},${(ay + by) / 2 + side[1] * bow} ${bx},${by}`});
}

/** The plan, its controls and what is known of the core that was chosen. `onLayer`: a core's first layer was chosen. */
function floorplan(report) {
  const {cores, links} = report;
  if (cores.length === 0) return h('p', null, 'No core takes part.');
  const layout = floorLayout(cores), measures = floorMeasures(report);
  const byId = new Map(cores.map((c) => [c.id, c]));
  const state = {measure: 'busy', core: null, layer: null};
  const place = h('div', {class: 'scroll'}), scale = h('div', null), panel = h('div', {class: 'panel', 'aria-live': 'polite'});

  function draw() {
    const [name, ofCore, ofLink, text, linkText] = measures[state.measure];
    const most = Math.max(...cores.map(ofCore), 1e-12), mostLink = Math.max(...links.map(ofLink), 1e-12);
    const lines = links.map((link) => {
      const line = linkLine(layout, link, scaleColour(ofLink(link) / mostLink), 1.2 + 3.3 * (ofLink(link) / mostLink));
      if (line) line.append(svg('title', null, `${endName(link.from)} to ${endName(link.to)}: ${number(link.flits)} flits, busy ${timeText(link.busy_ns)}, at most ${link.max_queue} waiting`));
      return line;
    });
    const squares = cores.map((c) => square(c, ofCore(c) / most, text(ofCore(c))));
    const labels = layout.chips.map((chip) => {
      const [x, y] = layout.corner(chip);
      const host = links.some((l) => [[l.from, l.to], [l.to, l.from]].some(([a, b]) => a < 0 && layout.places.has(b) && layout.places.get(b).chip === chip));
      return [layout.chips.length > 1 ? svg('text', {x, y: y - 14, fill: colour('ink'), style: 'font-weight:600'}, `chip ${chip}`) : null,
              host ? svg('text', {x: x - kHost, y: y - 14, fill: colour('faint')}, 'host') : null];
    });
    const drawing = svg('svg', {class: 'floor', viewBox: `0 0 ${layout.width} ${layout.height}`, role: 'group', 'aria-label': `Floorplan: ${name}. Arrow keys go from core to core, Enter chooses one.`,
      style: `width:100%;min-width:${Math.min(layout.width, 0.72 * layout.width)}px;max-width:${layout.width}px`, onkeydown: keys}, lines, squares, labels);
    place.replaceChildren(drawing);
    const bar = `linear-gradient(90deg, ${kScale.join(',')})`;
    scale.replaceChildren(h('div', {class: 'scale'}, `cores: 0`, h('i', {style: `background:${bar}`}), text(most)),
                          h('div', {class: 'scale'}, `links: 0`, h('i', {style: `background:${bar}`}), `${(linkText || text)(mostLink)} (thicker: more)`));
  }

  function square(c, share, text) {
    const {x, y} = layout.places.get(c.id), used = c.layers.length > 0;
    const bright = share > 0.55;
    return svg('g', {class: `core${state.layer && c.layers.includes(state.layer) ? ' of-layer' : ''}`, role: 'button', tabindex: c.id === (state.core ?? cores[0].id) ? 0 : -1, 'data-core': c.id,
      'aria-selected': c.id === state.core ? 'true' : null, 'aria-label': `core ${c.id}: ${used ? `${c.layers.join(', ')}; ${text}` : 'unused'}`, onclick: () => choose(c.id, true)},
      svg('rect', {x, y, width: kCell, height: kCell, rx: 4, fill: used ? scaleColour(share) : colour('panel'), stroke: colour('line'), 'stroke-dasharray': used ? null : '3 3'}),
      svg('title', null, `core ${c.id}: ${c.layers.join(', ') || 'unused'}`),
      svg('text', {x: x + 4, y: y + 14, fill: used ? (bright ? '#000' : '#fff') : colour('faint')}, String(c.id)),
      used ? svg('text', {x: x + kCell / 2, y: y + 34, 'text-anchor': 'middle', fill: bright ? '#000' : '#fff'}, text.replace(' %', '%').replace(' ', '\u2009')) : null);
  }

  function choose(id, focus = false) {
    state.core = id;
    draw();
    if (focus) place.querySelector(`[data-core="${id}"]`).focus();
    const c = byId.get(id), total = report.totals.latency_ns;
    const part = (ns) => `${timeText(ns)} (${percent(ns / total, 0)})`;
    panel.replaceChildren(h('b', null, `Core ${id}`), layout.chips.length > 1 ? ` on chip ${c.chip || 0}` : '', ` at ${c.x}, ${c.y}`, definitions([
      ['layers', c.layers.join(', ') || 'none'], ['busy', part(c.busy_ns)], ...kCauses.map((cause) => [`waits: ${words(cause)}`, part(c.stalled_ns[cause] || 0)]), ['idle', part(c.idle_ns)],
      ['MVMs per image', number(c.mvms)], ['energy', energyText(c.energy_nj)],
      ...Object.entries(c.power_nj || {}).map(([name, nj]) => [`static, ${name}`, energyText(nj)]), ['wake-ups', number(c.wakes)]]));
  }

  const endName = (id) => (id < 0 ? 'host' : `core ${id}`);
  function keys(event) {
    const at = event.target.closest('[data-core]');
    if (!at) return;
    const id = Number(at.dataset.core), here = layout.places.get(id);
    const [dx, dy] = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key] || [0, 0];
    if (event.key === 'Enter' || event.key === ' ') choose(id, true);
    else if (dx || dy) {
      const ahead = [...layout.places].filter(([, p]) => (p.x - here.x) * dx + (p.y - here.y) * dy > 1 && (dx ? Math.abs(p.y - here.y) < 1 : Math.abs(p.x - here.x) < 1));
      ahead.sort(([, p], [, q]) => Math.abs(p.x - here.x) + Math.abs(p.y - here.y) - Math.abs(q.x - here.x) - Math.abs(q.y - here.y));
      if (ahead.length > 0) place.querySelector(`[data-core="${ahead[0][0]}"]`).focus();
    } else return;
    event.preventDefault();
  }

  redrawOthers.push(draw);
  draw();
  panel.append('Choose a core (click, or arrow keys and Enter) to see its time and energy.');
  const layers = report.layers.filter((l) => l.cores.length > 0).map((l) => [l.name, l.name]);
  return h('div', null,
    h('div', {class: 'controls'},
      choice('Show', Object.entries(measures).map(([id, [name]]) => [id, name]), state.measure, (value) => { state.measure = value; draw(); }),
      choice('Mark layer', [['', 'none'], ...layers], '', (value) => { state.layer = value; draw(); })),
    scale, h('div', {class: 'beside'}, place, panel));
}
