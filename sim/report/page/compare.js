// Several results side by side.

/** Rows of the table: name, of a report, as text, which way is better (0: neither). */
const kSimulateFigures = [
  ['accuracy, float', (r) => r.accuracy?.float, (v) => percent(v, 2), 1], ['accuracy, quantised', (r) => r.accuracy?.quantized, (v) => percent(v, 2), 1],
  ['latency', (r) => r.totals.latency_ns, timeText, -1], ['interval', (r) => r.totals.interval_ns, timeText, -1], ['images per second', (r) => r.totals.throughput_per_s, number, 1],
  ['energy per image, full pipeline', (r) => r.totals.energy_steady_nj, energyText, -1], ['energy of an image alone', (r) => r.totals.energy_nj, energyText, -1], ['power', (r) => r.totals.average_power_mw, (v) => `${number(v)} mW`, -1],
  ['TOPS/W', (r) => r.totals.effective_tops_per_w, number, 1], ['TOPS', (r) => r.totals.effective_tops, number, 1], ['cores used', (r) => r.mapping.cores_used, number, 0], ['cells that hold weights', (r) => r.mapping.utilization, percent, 0],
  ['area', (r) => r.totals.area_mm2, (v) => `${number(v)} mm²`, 0], ['parameters', (r) => r.model.parameters, number, 0], ['MACs', (r) => r.model.macs, number, 0],
];

/** Accuracies at all times that any of them has. */
function accuracyFigures(reports) {
  const times = [...new Set(reports.flatMap((r) => (r.accuracy ? r.accuracy.points.map((p) => p.time_s) : [])))].sort((a, b) => a - b);
  return times.map((t) => [`accuracy after ${durationText(t)}`, (r) => r.accuracy?.points.find((p) => p.time_s === t)?.mean, (v) => percent(v, 2), 1]);
}

function figuresTable(caption, results, figures) {
  const best = ([, of, , better]) => {
    const values = results.map(({report}) => of(report)).filter((v) => v !== null && v !== undefined);
    return better === 0 || values.length < 2 ? null : better > 0 ? Math.max(...values) : Math.min(...values);
  };
  const head = h('tr', null, h('th', {scope: 'col'}, 'figure'), results.map(({name}) => h('th', {scope: 'col'}, name)));
  const rows = figures.filter(([, of]) => results.some(({report}) => (of(report) ?? null) !== null)).map((figure) => h('tr', null, h('th', {scope: 'row'}, figure[0]), results.map(({report}) => {
    const value = figure[1](report) ?? null;
    return h('td', {class: value !== null && value === best(figure) ? 'best' : null}, value === null ? '–' : figure[2](value));
  })));
  return h('div', {class: 'scroll'}, h('table', null, h('caption', null, caption), h('thead', null, head), h('tbody', null, rows)));
}

const kLayerFigures = {
  energy: ['energy, µJ', (l) => l.energy_nj / 1e3], latency: ['time from first to last work, µs', (l) => l.latency_ns / 1e3], cores: ['cores', (l) => l.cores.length],
  alone: ['accuracy it costs alone, points', (l) => l.degradation?.alone_pp.mean ?? null], snr: ['output SNR, dB', (l) => l.degradation?.output_snr_db ?? null],
};

function layerComparison(results) {
  const names = [...new Set(results.flatMap(({report}) => realLayers(report).map((l) => l.name)))];
  const place = h('div', null);
  const draw = (measure) => {
    const [unit, of] = kLayerFigures[measure];
    for (let i = drawn.length; i-- > 0;) if (place.contains(drawn[i].place)) drawn.splice(i, 1);
    const longest = Math.max(...names.map((n) => n.length));
    place.replaceChildren(chart(`Layers: ${unit}`, 100 + names.length * (12 + 11 * results.length), (width) => ({
      aria: patterns, legend: legend(), grid: {left: Math.min(8 * longest + 14, width * 0.36), right: 24, top: 34, bottom: 46}, tooltip: {...baseOption().tooltip, trigger: 'axis', axisPointer: {type: 'shadow'}, valueFormatter: number},
      xAxis: axis('value', unit), yAxis: axis('category', '', {data: names, inverse: true, axisLabel: {color: colour('ink'), interval: 0, width: Math.min(8 * longest + 4, width * 0.33), overflow: 'truncate'}}),
      series: results.map(({name, report}, i) => {
        const layers = new Map(report.layers.map((l) => [l.name, l]));
        return {name, type: 'bar', itemStyle: {color: kColours[i % kColours.length]}, data: names.map((n) => (layers.has(n) ? of(layers.get(n)) : null))};
      }),
    })));
    drawAll();
  };
  whenInPage.push(() => draw('energy'));
  return h('div', null, h('div', {class: 'controls'}, choice('Show', Object.entries(kLayerFigures).map(([id, [unit]]) => [id, unit]), 'energy', draw)), place);
}

function compareSimulations(results) {
  const reports = results.map((r) => r.report);
  chapter('figures', 'Figures', figuresTable('A tick marks the best. Differences of accuracy inside the intervals below mean nothing.', results, [...accuracyFigures(reports), ...kSimulateFigures]));
  const measured = results.filter(({report}) => report.accuracy);
  if (measured.length > 0) chapter('accuracy', 'Accuracy', overTime('Accuracy against time, 95 % intervals', 340, measured.map(({name, report}) => [name, accuracyRows(report.accuracy)]), null));
  const components = [...new Set(reports.flatMap((r) => modelled(r.totals.energy_by_component_nj).map(([name]) => name)))];
  chapter('energy', 'Energy by component', h('p', null, 'One image in an otherwise empty chip.'), stackedBars('Energy by component', results.map((r) => r.name),
    components.map((c, i) => [c, reports.map((r) => r.totals.energy_by_component_nj[c] || 0), kColours[i % kColours.length]]), energyUnit(Math.max(...reports.map((r) => r.totals.energy_nj))), energyText));
  chapter('layers', 'Layers', layerComparison(results));
}

const objectivesOf = (report) => (isSweep(report) ? report.objectives : report.settings.objectives);

/** Fronts of searches and sweeps. `kind`: [chapter, heading, caption, rows of their own]. */
function compareFronts(results, [chapterName, title, caption, figures]) {
  const shared = [...new Set(results.flatMap(({report}) => objectivesOf(report).map((o) => o.figure)))];
  const best = shared.map((f) => {
    const goal = results.flatMap(({report}) => objectivesOf(report)).find((o) => o.figure === f).goal;
    const pick = (values) => (values.length === 0 ? null : goal === 'maximise' ? Math.max(...values) : Math.min(...values));
    return [`best ${heading(f)}`, (r) => pick(r.front.map((m) => m.figures[f]?.value).filter((v) => v !== undefined)), (v) => number(shown(f, v)), goal === 'maximise' ? 1 : -1];
  });
  chapter(chapterName, title, figuresTable(caption, results, [['members of the front', (r) => r.front.length, number, 0], ...figures, ...best]));
  const x = shared.find((f) => !isAccuracy(f)) || shared[0], y = shared.find(isAccuracy) || shared[1] || shared[0];
  const symbols = ['diamond', 'circle', 'triangle', 'rect', 'pin', 'arrow'];
  chapter(`${chapterName}-fronts`, `Fronts of ${title.toLowerCase()}`, chart(`Fronts: ${y} against ${x}`, 400, () => ({
    legend: legend({data: results.map((r) => r.name)}), grid: {left: 68, right: 30, top: 40, bottom: 50},
    tooltip: {...baseOption().tooltip, formatter: (p) => (p.seriesType === 'scatter' ? `${escaped(p.seriesName)}, ${p.data[2]}<br>${escaped(heading(x))}: ${number(p.data[0])}<br>${escaped(heading(y))}: ${number(p.data[1])}` : '')},
    xAxis: axis('value', heading(x), {scale: true}), yAxis: axis('value', heading(y), {scale: true, nameGap: 48}),
    series: results.flatMap(({name, report}, i) => {
      const of = report.front.filter((m) => m.figures[x] && m.figures[y]), fill = kColours[i % kColours.length];
      const at = (m, s) => shown(y, possible(y, m.figures[y].value + s * z95 * m.figures[y].standard_error));
      return [{name, type: 'scatter', symbol: symbols[i % symbols.length], symbolSize: 13, itemStyle: {color: fill}, data: of.map((m) => [shown(x, m.figures[x].value), at(m, 0), m.id])},
              whiskers(`${name}, 95 %`, of.map((m) => [shown(x, m.figures[x].value), at(m, -1), at(m, 1)]), fill, false)];
    }),
  })));
}

const kSearches = ['searches', 'Searches', 'Hypervolumes compare only where objectives and references are the same (phasecore compare).',
  [['hypervolume', (r) => r.hypervolume, number, 1], ['evaluations', (r) => r.evaluations, number, 0], ['candidates', (r) => r.candidates, number, 0], ['not feasible', (r) => r.infeasible, number, 0]]];
const kSweeps = ['sweeps', 'Sweeps', 'The best of each figure among the points of a front.', [['points', (r) => r.points, number, 0], ['without figures', (r) => r.infeasible.length, number, 0]]];

/** How far each key moves each figure, in each sweep. */
function compareSensitivities(results) {
  const rows = [...new Map(results.flatMap(({report}) => report.sensitivity.map((e) => [`${e.figure} ${e.key}`, e]))).values()];
  const of = (report, row) => report.sensitivity.find((e) => e.figure === row.figure && e.key === row.key && e.groups > 0);
  const columns = results.map(({name, report}) => [name, (row) => { const e = of(report, row); return e ? `${(100 * e.relative).toFixed(1)} %` : null; }]);
  chapter('sensitivities', 'What moves the figures', table('Range of a figure when one key alone takes all its values, in percent of the mean', [['figure', (e) => heading(e.figure), true], ['key', (e) => e.key, true], ...columns], rows));
}

const whatOf = (report) => (report.model ? `${report.model.name} on ${report.chip.name}` : `${isSweep(report) ? 'sweep' : 'search'} ${report.settings.name} on ${report.settings.chip}`);

function comparisonPage(results) {
  const of = (schema) => results.filter(({report}) => report.schema.startsWith(schema));
  const [simulations, searches, sweeps] = [of('phasecore.simulate/'), of('phasecore.search/'), of('phasecore.sweep/')];
  document.getElementById('head').append(h('h1', null, `${results.length} results side by side`), h('div', {class: 'scroll'}, table('', [
    ['result', (r) => r.name, true], ['what', (r) => whatOf(r.report), true], ['seed', (r) => r.report.seed],
    ['warnings', (r) => (r.report.warnings || []).length], ['page', (r) => h('a', {href: encodeURI(`${r.path}/report.html`)}, 'report.html'), true]], results)));
  if (simulations.length > 0) compareSimulations(simulations);
  if (searches.length > 0) compareFronts(searches, kSearches);
  if (sweeps.length > 0) {
    compareFronts(sweeps, kSweeps);
    compareSensitivities(sweeps);
  }
}
