// The report of `phasecore sweep`: points, their front, and what moves each figure.

const movedBy = (e) => number(shown(e.figure, e.range)) + (e.standard_error > 0 ? ` ± ${number(shown(e.figure, z95 * e.standard_error))}` : '');

/** Bars of one figure: how far each key moves it, all else equal. */
function sensitivityChart(report, figure) {
  const rows = report.sensitivity.filter((e) => e.figure === figure && e.groups > 0);
  if (rows.length === 0) return h('p', null, `No two points differ in one key alone: nothing can be said about ${figure}.`);
  const longest = Math.max(...rows.map((e) => e.key.length));
  return chart(`What moves ${heading(figure)}`, 90 + 34 * rows.length, (width) => ({
    legend: {show: false}, grid: {left: Math.min(8 * longest + 14, width * 0.4), right: 110, top: 16, bottom: 46},
    tooltip: {...baseOption().tooltip, formatter: (p) => { const e = rows[p.dataIndex]; return `${escaped(e.key)}: ${movedBy(e)} ${figureUnit(figure)[1]} (${(100 * e.relative).toFixed(1)} % of the mean)<br>lowest at ${escaped(e.low)}, highest at ${escaped(e.high)}`; }},
    xAxis: axis('value', heading(figure)), yAxis: axis('category', '', {data: rows.map((e) => e.key), inverse: true, axisLabel: {color: colour('ink'), interval: 0}}),
    series: [{name: figure, type: 'bar', itemStyle: {color: kColours[4]}, label: {show: true, position: 'right', color: colour('ink'), formatter: (p) => movedBy(rows[p.dataIndex])}, data: rows.map((e) => shown(figure, e.range))}],
  }));
}

function sweepPage(result) {
  const {report} = result, s = report.settings, candidates = candidatesOf(result);
  const drawnReport = {...report, settings: {...s, objectives: report.objectives, constraints: []}};
  const objectives = report.objectives.map((o) => o.figure);
  const all = candidates.figures.filter((f) => candidates.all.some((c) => valueOf(c, f) !== null));
  const state = {x: objectives.find((f) => !isAccuracy(f)) || all[0], y: objectives.find(isAccuracy) || objectives[1] || all[1] || all[0], chosen: report.knee ?? report.front[0]?.id ?? null};
  document.getElementById('head').append(h('h1', null, `Sweep ${s.name}`), s.question ? h('p', null, s.question) : '',
    h('p', {class: 'faint'}, `${s.networks.map((n) => n.model).join(', ')} on ${s.chip}; ${candidates.genes.join(', ')} varied (${s.mode}); seed ${report.seed}`));
  chapter('headline', 'In short', h('div', {class: 'tiles'}, tile('points', number(report.points), `${report.infeasible.length} without figures`), tile('front', `${report.front.length} points`, report.knee === null ? '' : `knee: point ${report.knee}`)),
    report.infeasible.length ? table('Points without figures', [['id', (r) => r.id], ['reason', (r) => r.reason, true]], report.infeasible) : null);
  chapter('sensitivity', 'What moves the figures', h('p', null, 'A bar is how far a figure moves when one key takes all its values and everything else stays, averaged over the points for which that was measured (± 95 %).'), ...objectives.map((f) => sensitivityChart(report, f)));
  const place = h('div', null), panel = h('div', {class: 'panel', id: 'chosen', 'aria-live': 'polite'});
  const draw = () => {
    for (let i = drawn.length; i-- > 0;) if (place.contains(drawn[i].place)) drawn.splice(i, 1);
    place.replaceChildren(frontChart(drawnReport, candidates, state, choose));
    drawAll();
  };
  const choose = (id) => {
    state.chosen = id;
    panel.replaceChildren(...memberPanel(result, candidates, id).flat(Infinity).filter(Boolean));
    draw();
  };
  const options = all.map((f) => [f, heading(f)]);
  chapter('front', 'Points', h('p', null, 'A diamond is a point that no other one beats in every objective; its whiskers are 95 % intervals. Click a point to see its settings and figures.'),
    h('div', {class: 'controls'}, choice('across', options, state.x, (v) => { state.x = v; draw(); }), choice('up', options, state.y, (v) => { state.y = v; draw(); })), h('div', {class: 'beside'}, place, panel));
  chapter('members', 'The front', report.front.length === 0 ? h('p', null, 'No point has all figures.') : table('95 % intervals', [
    ['id', (m) => h('button', {type: 'button', onclick: () => { choose(m.id); panel.scrollIntoView({block: 'nearest'}); }}, String(m.id))],
    ...candidates.genes.map((key) => [key, (m) => m.genes[key], true]), ...objectives.map((f) => [heading(f), (m) => figureText(f, m.figures[f])])], report.front));
  const brushed = h('p', {id: 'brushed', 'aria-live': 'polite'}, 'Drag along an axis to keep the points that cross it there; click the axis to let go.');
  chapter('parallel', 'Settings and figures', brushed, parallelChart(candidates, objectives, (ids) => { brushed.textContent = `${ids.length} points: ${ids.slice(0, 40).join(', ')}${ids.length > 40 ? ', …' : ''}`; }));
  chapter('settings', 'Settings', h('p', null, 'Accuracies are Monte Carlo estimates on the images and instances that the settings name; chip values that are assumptions are marked in ', h('code', null, `phasecore describe chip ${s.chip}`), '.'), folded('Every key of the sweep', h('pre', null, JSON.stringify(s, null, 1))));
  repeatChapter(result, 'phasecore sweep config.resolved.yaml --out DIR');
  whenInPage.push(() => (state.chosen === null ? draw() : choose(state.chosen)));
}
