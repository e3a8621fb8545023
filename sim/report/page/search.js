// The report of `phasecore search`: candidates, their front, and how it came about.

const isAccuracy = (figure) => figure.startsWith('accuracy@') && !figure.endsWith('.std');
const z95 = 1.96;

/** [factor from file to page, unit] */
function figureUnit(figure) {
  if (isAccuracy(figure) || figure.startsWith('accuracy@')) return [100, '%'];
  if (figure.endsWith('_ns')) return [1e-3, 'µs'];
  if (figure.endsWith('_nj')) return [1e-3, 'µJ'];
  if (figure.endsWith('_mm2')) return [1, 'mm²'];
  return [1, ''];
}
const shown = (figure, value) => (value === null || value === undefined ? null : value * figureUnit(figure)[0]);
const heading = (figure) => `${figure.replace(/_(ns|nj|mm2)$/, '').replace(/_/g, ' ')}${figureUnit(figure)[1] ? `, ${figureUnit(figure)[1]}` : ''}`;
const isSweep = (report) => report.schema.startsWith('phasecore.sweep/');
/** An interval may end where no share of images is; it is drawn as far as there is one. */
const possible = (figure, value) => (isAccuracy(figure) ? Math.min(1, Math.max(0, value)) : value);
const figureText = (figure, f) => {
  if (!f) return null;
  const text = figureUnit(figure)[1] === '%' ? points : number;
  return text(shown(figure, f.value)) + (f.standard_error > 0 ? ` ± ${text(z95 * shown(figure, f.standard_error))}` : '');
};
const numeric = (text) => (text === '' || text === undefined || Number.isNaN(Number(text)) ? null : Number(text));

/** The candidates as the search saw them: id, genes, figures, whether and why not they are feasible. */
function candidatesOf(result) {
  const {names, rows} = parseCsv(result.tables['candidates.csv']);
  const front = new Map(result.report.front.map((member) => [member.id, member]));
  const last = names.indexOf('fidelity');
  const firstFigure = names.findIndex((name) => Object.keys(result.report.front[0]?.figures || {}).includes(name));
  const split = firstFigure < 0 ? last : firstFigure;
  return {
    genes: names.slice(1, split), figures: names.slice(split, last),
    all: rows.map((row) => ({id: Number(row.id), row, member: front.get(Number(row.id)), feasible: row.feasible === 'true', reason: row.reason, value: (figure) => numeric(row[figure])})),
  };
}

/** What a member is drawn by: what was measured last. */
const valueOf = (candidate, figure) => candidate.member?.figures[figure]?.value ?? candidate.value(figure);
const errorOf = (candidate, figure) => candidate.member?.figures[figure]?.standard_error || 0;

function limitLines(settings, x, y) {
  const bound = (c) => c.at_most ?? c.at_least;
  const of = (figure, key) => settings.constraints.filter((c) => c.figure === figure && typeof bound(c) === 'number').map((c) => ({name: `${figure} ${c.at_most !== undefined ? '≤' : '≥'} ${number(shown(figure, bound(c)))}`, [key]: shown(figure, bound(c))}));
  return [...of(x, 'xAxis'), ...of(y, 'yAxis')];
}

function frontChart(report, candidates, state, onChoose) {
  const point = (c) => [shown(state.x, valueOf(c, state.x)), shown(state.y, valueOf(c, state.y)), c.id];
  const known = candidates.all.filter((c) => valueOf(c, state.x) !== null && valueOf(c, state.y) !== null);
  const group = (name, of, symbol, fill, size, more) => ({name, type: 'scatter', data: of.map(point), symbol, symbolSize: size, itemStyle: {color: fill, ...more}, emphasis: {scale: 1.6}});
  return chart(`Candidates: ${state.y} against ${state.x}`, 420, () => {
    const members = known.filter((c) => c.member), faint = colour('faint');
    const interval = (c, figure) => [-1, 1].map((s) => shown(figure, possible(figure, valueOf(c, figure) + s * z95 * errorOf(c, figure))));
    return {
      legend: legend({data: ['feasible', 'not feasible', 'front', 'chosen']}), grid: {left: 68, right: 30, top: 40, bottom: 50},
      tooltip: {...baseOption().tooltip, formatter: (p) => (p.seriesType === 'scatter' ? `${isSweep(report) ? 'point' : 'candidate'} ${p.data[2]}<br>${escaped(heading(state.x))}: ${number(p.data[0])}<br>${escaped(heading(state.y))}: ${number(p.data[1])}` : '')},
      xAxis: axis('value', heading(state.x), {scale: true}), yAxis: axis('value', heading(state.y), {scale: true, nameGap: 48}),
      series: [
        group('not feasible', known.filter((c) => !c.feasible && !c.member), 'path://M0,0L2,2M2,0L0,2', 'none', 8, {borderColor: faint, borderWidth: 1}),
        {...group('feasible', known.filter((c) => c.feasible && !c.member), 'circle', kColours[4], 7, {opacity: 0.75}),
          markLine: {symbol: 'none', silent: true, lineStyle: {color: kColours[5], type: 'dashed'}, label: {color: colour('ink'), formatter: '{b}', position: 'insideEndTop'}, data: limitLines(report.settings, state.x, state.y)}},
        {...group('front', members, 'diamond', kColours[5], 14), z: 4},
        whiskers('95 %', members.filter((c) => errorOf(c, state.y) > 0).map((c) => [point(c)[0], ...interval(c, state.y)]), kColours[5], false),
        whiskers('95 %', members.filter((c) => errorOf(c, state.x) > 0).map((c) => [point(c)[1], ...interval(c, state.x)]), kColours[5], true),
        {...group('chosen', known.filter((c) => c.id === state.chosen), 'circle', 'none', 22, {borderColor: colour('ink'), borderWidth: 2.5}), z: 5, silent: true},
      ],
    };
  }, (made) => made.on('click', (p) => p.seriesType === 'scatter' && onChoose(p.data[2])));
}

/** Genes and objectives of every candidate; a part of an axis is chosen by dragging along it. */
function parallelChart(candidates, figures, onBrush) {
  const varied = candidates.genes.filter((gene) => new Set(candidates.all.map((c) => c.row[gene])).size > 1);
  const axes = [...figures, ...varied];
  const shownCandidates = candidates.all.filter((c) => figures.every((f) => valueOf(c, f) !== null));
  const cell = (c, name) => {
    if (figures.includes(name)) return shown(name, valueOf(c, name));
    return c.row[name] === '' ? '–' : c.row[name];
  };
  const range = (values) => {
    const [least, most] = [Math.min(...values), Math.max(...values)], edge = (most - least) / 20 || 1;
    return {min: least - edge, max: most + edge};
  };
  const lines = (of) => of.map((c) => ({value: axes.map((name) => cell(c, name)), id: c.id}));
  const sorted = (values) => [...new Set(values)].sort((a, b) => (numeric(a) !== null && numeric(b) !== null ? a - b : a < b ? -1 : 1));
  const place = chart('Parallel coordinates of figures and genes', 120 + 42 * axes.length, (width) => ({
    legend: legend({data: ['front', 'others']}),
    parallel: {layout: 'vertical', left: Math.min(170, width * 0.34), right: 40, top: 50, bottom: 30, parallelAxisDefault: {nameLocation: 'start', nameTextStyle: {color: colour('ink'), width: Math.min(155, width * 0.32), overflow: 'truncate'}, nameGap: 14, axisLabel: {color: colour('faint'), hideOverlap: true}, axisLine: {lineStyle: {color: colour('line')}}}},
    parallelAxis: axes.map((name, dim) => (figures.includes(name) ? {dim, name: heading(name), ...range(shownCandidates.map((c) => cell(c, name))), axisLabel: {color: colour('faint'), hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: number}} : {dim, name, type: 'category', data: sorted(shownCandidates.map((c) => cell(c, name)))})),
    series: [['others', shownCandidates.filter((c) => !c.member), kColours[4], 1, 0.5], ['front', shownCandidates.filter((c) => c.member), kColours[5], 2.5, 0.95]].map(([name, of, fill, wide, opacity]) => ({
      name, type: 'parallel', data: lines(of), smooth: false, itemStyle: {color: fill}, lineStyle: {color: fill, width: wide, opacity}, inactiveOpacity: 0.04, activeOpacity: 1})),
  }), (made) => made.on('axisareaselected', () => {
    const series = made.getModel().getSeries();
    onBrush(series.flatMap((s) => s.getRawIndicesByActiveState('active').map((i) => s.option.data[i].id)).sort((a, b) => a - b));
  }));
  return place;
}

function historyChart(result) {
  const {rows} = parseCsv(result.tables['hypervolume.csv']);
  const known = rows.filter((r) => numeric(r.hypervolume) !== null);
  if (known.length === 0) return h('p', null, 'No hypervolume: an objective has no reference, or no candidate is better than it.');
  const largest = Math.max(...known.map((r) => Number(r.hypervolume)));
  const point = (r) => [Number(r.evaluations), Number(r.hypervolume) / largest, Number(r.front)];
  // The last row is of the front as it was confirmed with other images, without further evaluations.
  const confirmed = known.length > 1 && known[known.length - 1].evaluations === known[known.length - 2].evaluations ? [known.pop()] : [];
  return chart('Hypervolume against evaluations', 280, () => ({
    legend: legend(), grid: {left: 64, right: 30, top: 40, bottom: 50}, tooltip: {...baseOption().tooltip, formatter: (p) => `${number(p.data[0])} evaluations: ${(100 * p.data[1]).toFixed(2)} % of the largest, front of ${p.data[2]}`},
    xAxis: axis('value', 'evaluations', {min: 0}), yAxis: axis('value', `share of ${number(largest)}`, {scale: true, nameGap: 44}),
    series: [{name: 'as the search went by', type: 'line', step: 'end', data: known.map(point), symbolSize: 6}, {name: 'confirmed with other images', type: 'scatter', symbol: 'diamond', symbolSize: 14, itemStyle: {color: kColours[5]}, data: confirmed.map(point)}],
  }));
}

function memberPanel(result, candidates, id) {
  const c = candidates.all.find((one) => one.id === id);
  const genes = candidates.genes.filter((gene) => c.row[gene] !== '');
  const files = (result.files || []).filter((file) => file.startsWith(`front/${id}/`) || (result.report.knee === id && file.startsWith('knee/') && file.endsWith('.html')));
  const figures = c.member ? Object.entries(c.member.figures).map(([name, f]) => [`${heading(name)} (${f.fidelity})`, figureText(name, f)])
    : candidates.figures.filter((name) => c.value(name) !== null).map((name) => [heading(name), number(shown(name, c.value(name)))]);
  return [h('b', null, `${isSweep(result.report) ? 'Point' : 'Candidate'} ${id}`), c.member ? ' on the front' : '', result.report.knee === id ? ', its knee' : '', c.feasible ? null : h('p', null, `Not feasible: ${c.reason}`),
    definitions(figures), h('h3', null, isSweep(result.report) ? 'Settings' : 'Genes'), definitions(genes.map((gene) => [gene, c.row[gene]])),
    files.length > 0 ? [h('h3', null, 'Files'), h('ul', null, files.map((file) => h('li', null, h('a', {href: encodeURI(file)}, file))))] : null];
}

function driftChart(report) {
  const times = (figures) => Object.keys(figures).map((name) => [name, /^accuracy@([0-9.]+)(s|min|h|d)$/.exec(name)]).filter(([, m]) => m).map(([name, m]) => [name, Number(m[1]) * {s: 1, min: 60, h: 3600, d: 86400}[m[2]]]);
  const series = report.front.map((member) => [`${member.id}`, times(member.figures).sort((a, b) => a[1] - b[1]).map(([name, t]) => {
    const f = member.figures[name];
    return [t, f.value, f.value - z95 * f.standard_error, f.value + z95 * f.standard_error];
  })]).filter(([, rows]) => rows.length > 0);
  if (series.length === 0 || Math.max(...series.map(([, rows]) => rows.length)) < 2) return h('p', null, 'Accuracies were measured at one time only: nothing is known of drift (key times of the search).');
  return overTime('Accuracy of front members against time', 360, series, null);
}

function searchHeadline({report}) {
  return h('div', {class: 'tiles'}, tile('front', `${report.front.length} networks`, report.knee === null ? '' : `knee: candidate ${report.knee}`), tile('evaluations', number(report.evaluations), `of ${number(report.candidates)} candidates; ended by ${report.ended_by}`),
    tile('not feasible', number(report.infeasible), 'candidates'), tile('hypervolume', report.hypervolume === null ? 'none' : number(report.hypervolume), 'against the references'));
}

function searchPage(result) {
  const {report} = result, s = report.settings, candidates = candidatesOf(result);
  const objectives = [...new Set(s.objectives.map((o) => o.figure))];
  const all = candidates.figures.filter((f) => candidates.all.some((c) => valueOf(c, f) !== null));
  const state = {x: objectives.find((f) => !isAccuracy(f)) || all[0], y: objectives.find(isAccuracy) || objectives[1] || all[1] || all[0], chosen: report.knee ?? report.front[0]?.id ?? null};
  document.getElementById('head').append(h('h1', null, `Search ${s.name}`),
    h('p', {class: 'faint'}, `${s.objectives.map((o) => `${o.goal} ${o.figure}`).join(', ')}${s.constraints.length ? `; ${s.constraints.map((c) => `${c.figure} ${c.at_most !== undefined ? `at most ${c.at_most}` : `at least ${c.at_least}`}`).join(', ')}` : ''}; space ${s.space}, chip ${s.chip}, ${s.algorithm}, seed ${report.seed}`));
  chapter('headline', 'In short', searchHeadline(result), report.infeasible_because.length ? table('Why candidates are not feasible', [['reason', (r) => r.reason, true], ['candidates', (r) => number(r.candidates)]], report.infeasible_because) : null);

  const place = h('div', null), panel = h('div', {class: 'panel', id: 'chosen', 'aria-live': 'polite'});
  const draw = () => {
    for (let i = drawn.length; i-- > 0;) if (place.contains(drawn[i].place)) drawn.splice(i, 1);
    place.replaceChildren(frontChart(report, candidates, state, choose));
    drawAll();
  };
  const choose = (id) => {
    state.chosen = id;
    panel.replaceChildren(...memberPanel(result, candidates, id).flat(Infinity).filter(Boolean));
    for (const row of document.querySelectorAll('#members tr[data-id]')) row.toggleAttribute('aria-selected', false), row.dataset.id === String(id) && row.setAttribute('aria-selected', 'true');
    draw();
  };
  const options = all.map((f) => [f, heading(f)]);
  chapter('front', 'Front', h('p', null, 'A diamond is a network that no other one beats in every objective; its whiskers are 95 % intervals. Click a point, or choose a member below, to see its genes, figures and files.'),
    result.left_out ? h('p', null, `The page shows ${number(candidates.all.length)} candidates; ${number(result.left_out)} more are in candidates.csv.`) : null,
    h('div', {class: 'controls'}, choice('across', options, state.x, (v) => { state.x = v; draw(); }), choice('up', options, state.y, (v) => { state.y = v; draw(); })),
    h('div', {class: 'beside'}, place, panel));
  const costs = ['cores', 'parameters'].filter((f) => all.includes(f) && !objectives.includes(f));
  const accuracies = all.filter((f) => isAccuracy(f) && !objectives.includes(f));
  chapter('members', 'Members of the front', report.front.length === 0 ? h('p', null, 'No candidate is feasible.') : table('95 % intervals; figures as they were measured last', [
    ['id', (m) => h('button', {type: 'button', onclick: () => { choose(m.id); panel.scrollIntoView({block: 'nearest'}); }}, String(m.id))],
    ...[...objectives, ...accuracies, ...costs].map((f) => [heading(f), (m) => figureText(f, m.figures[f])]), ['measured by', (m) => m.figures[state.y]?.fidelity, true]], report.front, (m) => ({'data-id': m.id})));
  const brushed = h('p', {id: 'brushed', 'aria-live': 'polite'}, 'Drag along an axis to keep the candidates that cross it there; click the axis to let go.');
  chapter('parallel', 'Genes and figures', brushed, parallelChart(candidates, objectives, (ids) => {
    brushed.textContent = `${ids.length} candidates: ${ids.slice(0, 40).join(', ')}${ids.length > 40 ? ', …' : ''}`;
  }));
  const figures = report.importance && report.importance.length ? Object.keys(report.importance[0].shares) : [];
  if (figures.length) chapter('importance', 'Which genes decide', h('p', null, 'Share of the variance of each objective, over the candidates of this search, that goes with the choice of one gene. A search looks where it is good, and genes act together: the shares speak of what it has seen, and do not add up to all.'),
    table('Main effects, in %', [['gene', (g) => g.gene, true], ...figures.map((f) => [heading(f), (g) => g.shares[f] === null ? '–' : number(Math.round(1000 * g.shares[f]) / 10)])], report.importance));
  chapter('history', 'Hypervolume', historyChart(result));
  chapter('drift', 'Drift of the front', driftChart(report));
  chapter('settings', 'Settings', h('p', null, 'Accuracies are Monte Carlo estimates on the images and instances that the settings name; chip values that are assumptions are marked in ', h('code', null, `phasecore describe chip ${s.chip}`), '.'), folded('Every key of the search', h('pre', null, JSON.stringify(s, null, 1))));
  repeatChapter(result, 'phasecore search config.resolved.yaml --out DIR');
  whenInPage.push(() => (state.chosen === null ? draw() : choose(state.chosen)));
}
