// The report of `phasecore simulate`: one network on one chip.

const realLayers = (report) => report.layers.filter((l) => l.name !== 'shared');
const modelled = (parts) => Object.entries(parts).filter(([, nj]) => nj !== null);

function accuracyTile(accuracy) {
  if (!accuracy) return tile('accuracy', 'not measured', 'no images were given');
  const day = accuracy.points.find((p) => p.time_s === 86400) || accuracy.points[accuracy.points.length - 1];
  return tile(`accuracy after ${durationText(day.time_s)}`, percent(day.mean, 2), `95 %: ${percent(day.ci95_low)} to ${percent(day.ci95_high)}; float ${percent(accuracy.float)}`);
}

function simulateHeadline({report}) {
  const t = report.totals, m = report.mapping;
  return h('div', {class: 'tiles'}, accuracyTile(report.accuracy),
    tile('latency', timeText(t.latency_ns), 'one image, empty chip'), tile('interval', timeText(t.interval_ns), `${number(t.throughput_per_s)} images per second`),
    tile('energy per image', energyText(t.energy_steady_nj), `at full pipeline; ${energyText(t.energy_nj)} alone`), tile('power', `${number(t.average_power_mw)} mW`, 'at full pipeline'),
    tile('efficiency', `${number(t.effective_tops_per_w)} TOPS/W`, `${number(t.effective_tops)} TOPS`),
    tile('cores', `${m.cores_used} of ${m.cores_available}`, `${percent(m.utilization)} of their cells hold weights`),
    tile('area', t.area_mm2 === null ? 'not modelled' : `${number(t.area_mm2)} mm²`, 'whole chip'));
}

function warningsOf({report}) {
  if (report.warnings.length === 0) return null;
  return h('div', {class: 'warnings', role: 'note'}, h('b', null, 'Warnings'), h('ul', null, report.warnings.map((w) => h('li', null, w))));
}

/** Cores and links by the share of the interval that they are busy: the first ones bound it. */
function boundsOf(report) {
  const interval = report.totals.interval_ns, end = (id) => (id < 0 ? 'host' : `core ${id}`);
  const cores = report.cores.filter((c) => c.busy_ns > 0).map((c) => ({what: `core ${c.id}`, does: c.layers.join(', '), share: paceOf(report, c) / interval}));
  const links = report.links.filter((l) => l.busy_ns > 0).map((l) => ({what: `link ${end(l.from)} to ${end(l.to)}`, does: `${number(l.flits)} flits`, share: l.busy_ns / interval}));
  return [...cores, ...links].sort((a, b) => b.share - a.share);
}

function mappingChapter({report}) {
  const bounds = boundsOf(report), cores = new Map(report.cores.map((c) => [c.id, c]));
  const packed = report.cores.filter((c) => c.layers.length > 1).length;
  const busiest = (l) => l.cores.reduce((best, id) => (cores.get(id) && (!best || paceOf(report, cores.get(id)) > paceOf(report, best)) ? cores.get(id) : best), null);
  const m = report.mapping;
  chapter('mapping', 'Mapping',
    h('p', null, `Tiling ${m.rule}, schedule ${m.schedule}; ${m.cores_used} of ${m.cores_available} cores, ${packed === 0 ? 'one layer per core' : `${packed} of them hold several layers`}. `,
      bounds.length === 0 ? '' : `Busiest at full pipeline: ${bounds[0].what} (${bounds[0].does}), ${percent(Math.min(bounds[0].share, 1))} of the interval of ${timeText(report.totals.interval_ns)}` +
        (bounds[0].share > 0.9 ? '; that bounds the interval.' : '. No core or link is busy all the time: the interval is bounded by what they wait for.')),
    table('Share of interval: how much of it the layer’s busiest core is at work. Where a core converts one vector while it multiplies the next, that is its crossbar.', [
      ['layer', (l) => l.name, true], ['operator', (l) => l.op, true], ['matrix', (l) => (l.rows > 0 ? `${l.rows} × ${l.cols}` : null)],
      ['pixels per MVM', (l) => `${l.tile[0]} × ${l.tile[1]}`], ['replicas', (l) => l.replicas], ['sub-matrices', (l) => l.submatrices], ['cores', (l) => l.cores.length || 'host'],
      ['MVMs', (l) => number(l.mvms)], ['latency', (l) => timeText(l.latency_ns)],
      ['share of interval', (l) => (busiest(l) ? percent(paceOf(report, busiest(l)) / report.totals.interval_ns) : null)],
      ['shares cores with', (l) => [...new Set(l.cores.flatMap((id) => (cores.get(id) ? cores.get(id).layers : [])))].filter((name) => name !== l.name).slice(0, 4).join(', ') || null, true],
    ], realLayers(report)),
    report.chip_links?.length ? table('One image between chips', [['from chip to chip', (l) => `${l.from_chip} to ${l.to_chip}`, true], ['bytes', (l) => number(l.bytes)], ['energy', (l) => energyText(l.energy_nj)],
      ['busy, share of interval', (l) => (l.busy_ns === null ? null : percent(l.busy_ns / report.totals.interval_ns))]], report.chip_links) : null,
    folded('The ten busiest cores and links', table('Share of the interval', [['what', (b) => b.what, true], ['does', (b) => b.does, true], ['busy', (b) => percent(b.share)]], bounds.slice(0, 10))));
}

const energyUnit = (nj) => (nj >= 1e7 ? [1e6, 'energy, mJ'] : nj >= 1e4 ? [1e3, 'energy, µJ'] : [1, 'energy, nJ']);

function energyChapter({report}) {
  const t = report.totals, names = modelled(t.energy_by_component_nj).map(([name]) => name);
  const layers = report.layers.filter((l) => l.energy_nj > 0);
  const parts = names.map((name, i) => [name, layers.map((l) => l.energy_by_component_nj[name] || 0), kColours[i % kColours.length]]);
  const states = report.power ? Object.keys(report.power.alone.energy_nj) : [];
  const missing = Object.entries(t.energy_by_component_nj).filter(([, nj]) => nj === null).map(([name]) => name);
  chapter('energy', 'Energy',
    h('h3', null, 'By layer and component, one image alone'), stackedBars('Energy by layer and component', layers.map((l) => l.name), parts, energyUnit(Math.max(...layers.map((l) => l.energy_nj))), energyText),
    missing.length > 0 ? h('p', {class: 'faint'}, `Not modelled, so in no total: ${missing.join(', ')}.`) : null,
    h('h3', null, 'By component'),
    table('One image in an otherwise empty chip', [['component', ([name]) => name, true], ['energy', ([, nj]) => (nj === null ? 'not modelled' : energyText(nj))], ['share', ([, nj]) => (nj === null ? null : percent(nj / t.energy_nj))]], Object.entries(t.energy_by_component_nj)),
    states.length > 0 ? [h('h3', null, 'Static energy by power state'),
      stackedBars('Static energy by power state', ['alone', 'full pipeline'], states.map((s, i) => [s, [report.power.alone.energy_nj[s], report.power.steady.energy_nj[s]], kColours[i % kColours.length]]), energyUnit(sum(Object.values(report.power.alone.energy_nj))), energyText),
      table(`What the power of idle cores changes (${number(report.power.alone.wakes)} wake-ups per image alone, ${number(report.power.steady.wakes)} at full pipeline)`, [['idle cores take', (r) => `${r.idle_mw} mW`, true], ['image alone', (r) => energyText(r.energy_nj)], ['at full pipeline', (r) => energyText(r.steady)]],
        report.power.alone.with_idle_power.map((r, i) => ({...r, steady: report.power.steady.with_idle_power[i].energy_nj})))] : null,
    folded('Energy of every layer as a table', table('nJ per image', [['layer', (l) => l.name, true], ['total', (l) => number(l.energy_nj)], ...names.map((name) => [name, (l) => number(l.energy_by_component_nj[name])])], report.layers)));
}

const accuracyRows = (a) => a.points.map((p) => [p.time_s, p.mean, p.ci95_low, p.ci95_high]);

function lossChart(layers) {
  const longest = Math.max(...layers.map((l) => l.name.length));
  const rows = (part) => layers.map((l, i) => [l.degradation[part].mean, i]);
  const bars = (part, shift) => layers.map((l, i) => [i + shift, l.degradation[part].ci95_low, l.degradation[part].ci95_high]);
  return chart('Accuracy that each layer costs, with 95 % intervals', 100 + 30 * layers.length, (width) => {
    const places = axis('value', '', {min: -0.5, max: layers.length - 0.5, inverse: true, interval: 1, show: false});
    return {
      legend: legend({data: ['costs alone', 'recovered']}), grid: {left: Math.min(8 * longest + 14, width * 0.36), right: 24, top: 34, bottom: 46},
      tooltip: {...baseOption().tooltip, formatter: (p) => (p.seriesType === 'scatter' ? `${escaped(layers[Math.round(p.data[1])].name)}, ${escaped(p.seriesName)}: ${p.data[0].toFixed(2)} points` : '')},
      xAxis: axis('value', 'accuracy, percentage points'),
      yAxis: [axis('category', '', {data: layers.map((l) => l.name), inverse: true, axisLabel: {color: colour('ink'), interval: 0, width: Math.min(8 * longest + 4, width * 0.33), overflow: 'truncate'}}), places],
      series: [
        {name: 'costs alone', type: 'scatter', yAxisIndex: 1, symbol: 'circle', symbolSize: 9, itemStyle: {color: kColours[0]}, data: rows('alone_pp').map(([x, i]) => [x, i - 0.17])},
        {name: 'recovered', type: 'scatter', yAxisIndex: 1, symbol: 'rect', symbolSize: 9, itemStyle: {color: kColours[5]}, data: rows('recovered_pp').map(([x, i]) => [x, i + 0.17])},
        {...whiskers('alone, 95 %', bars('alone_pp', -0.17), kColours[0], true), yAxisIndex: 1}, {...whiskers('recovered, 95 %', bars('recovered_pp', 0.17), kColours[5], true), yAxisIndex: 1},
      ],
    };
  });
}

function accuracyChapter({report}) {
  const a = report.accuracy;
  if (!a) {
    chapter('accuracy', 'Accuracy', h('p', null, 'Not measured: no images were given (--data), or the weights are random.'));
    return;
  }
  const layers = realLayers(report).filter((l) => l.degradation);
  const at = layers.length > 0 ? layers[0].degradation : null;
  chapter('accuracy', 'Accuracy',
    h('p', null, `${number(a.samples)} ${a.part} images of ${a.dataset}, ${a.instances} programmed ${a.instances === 1 ? 'chip' : 'chips'}, devices ${a.device}, drift compensation ${a.compensation}. Whiskers are 95 % intervals over chips and images.` +
      (a.avm_pp === null ? '' : ` Accuracy variation over a month (1 s less 30 d): ${points(a.avm_pp)} points (95 %: ${points(a.avm_pp_ci95_low)} to ${points(a.avm_pp_ci95_high)}).`)),
    overTime('Accuracy against time', 320, [['on the chip', accuracyRows(a)]], [['float', a.float], ['quantised', a.quantized]]),
    table('Accuracy against time', [['after', (p) => durationText(p.time_s), true], ['mean', (p) => percent(p.mean, 2)], ['95 % interval', (p) => `${percent(p.ci95_low, 2)} to ${percent(p.ci95_high, 2)}`], ['spread between chips', (p) => (a.instances > 1 ? `${points(100 * p.std)} points` : null)]], a.points),
    at ? [h('h3', null, `What each layer costs after ${durationText(at.at_time_s)}`),
      h('p', null, `Costs alone: accuracy lost when only this layer is analog. Recovered: accuracy won back when only this layer is ideal. ${number(at.samples)} images × ${at.instances}; where a whisker crosses zero, nothing is shown.`),
      lossChart(layers), h('h3', null, 'Signal to noise of each layer’s output'),
      stackedBars('Output SNR by layer, dB', layers.map((l) => l.name), [['SNR', layers.map((l) => l.degradation.output_snr_db || 0)]], [1, 'SNR, dB'], (v) => `${v.toFixed(1)} dB`),
      folded('Every layer as a table', table('Percentage points, with 95 % intervals', [['layer', (l) => l.name, true],
        ...[['costs alone', 'alone_pp'], ['recovered', 'recovered_pp']].map(([name, part]) => [name, (l) => `${points(l.degradation[part].mean)} (${points(l.degradation[part].ci95_low)} to ${points(l.degradation[part].ci95_high)})`]),
        ['SNR, dB', (l) => (l.degradation.output_snr_db === null ? null : l.degradation.output_snr_db.toFixed(1))]], layers))] : null);
}

function upkeepChapter({report}) {
  const {programming: p, drift_readout: d} = report.upkeep;
  if (p.cores === 0) return;
  chapter('upkeep', 'Upkeep', h('p', null, 'What comes before and between images, and is part of no figure above.'), h('div', {class: 'panel'}, definitions([
    ['programming', `${timeText(p.time_ns)} for ${p.cores} cores, ${energyText(p.energy_nj + p.constant_nj)}`], ['devices endure it', `${number(p.times_low)} to ${number(p.times_high)} times`],
    ['a drift readout', `${number(d.mvms)} MVMs, ${timeText(d.time_ns)}, ${energyText(d.energy_nj)}`], ['per image', `${energyText(d.energy_per_image_nj)}, every ${number(d.images)} images`]])));
}

function assumptionsChapter({report}) {
  const list = report.not_modelled;
  chapter('assumed', 'Assumed and not modelled',
    h('p', null, report.chip.what_if ? `${report.chip.name} is a what-if chip: nobody built exactly this one. ` : '', 'Every value of a chip that is an assumption is marked as one: ', h('code', null, `phasecore describe chip ${report.chip.name}`), '.'),
    h('p', null, list.length === 0 ? 'Nothing is left out by name.' : `Not modelled, and so in no figure: ${list.map(words).join('; ')}.`),
    report.engine === 'analytic' ? h('p', null, 'Times are an analytic estimate: links and buffers have no limits, so they are lower bounds.') : null,
    folded(`Every key of the chip ${report.chip.name}`, h('pre', null, JSON.stringify(report.chip.resolved, null, 1))), folded(`Every key of the devices ${report.device.name}`, h('pre', null, JSON.stringify(report.device.resolved, null, 1))));
}

function repeatChapter(result, command) {
  const p = result.report.provenance;
  chapter('repeat', 'Repeat it', h('p', null, 'In the result directory, with the same program:'), h('pre', null, command),
    h('p', {class: 'faint'}, `PhaseCore ${result.report.version} (${p.git}, ${p.compiler}), seed ${result.report.seed}` + (p.wall_s > 0 ? `, took ${number(p.wall_s)} s.` : '.')));
}

function simulatePage(result) {
  const {report} = result;
  document.getElementById('head').append(h('h1', null, `${report.model.name} on ${report.chip.name}`),
    h('p', {class: 'faint'}, `${number(report.model.parameters)} parameters, ${number(report.model.macs)} MACs per image; engine ${report.engine}, seed ${report.seed}` + (report.chip.what_if ? '; what-if chip' : '')));
  chapter('headline', 'In short', simulateHeadline(result), warningsOf(result),
    result.left_out?.length ? h('p', null, `The chip is so large that the page leaves out: ${result.left_out.join(', ')}. They are in report.json.`) : null);
  chapter('floorplan', 'Floorplan', h('p', null, 'Cores of the chip and the links that carried flits for one image. A dashed square is a core without weights.'), floorplan(report));
  chapter('timeline', 'Timeline', h('p', null, 'From first to last work of each layer on one image in an empty chip. The height of a colour is its share of the cores’ time in the bar, not a moment: what is not busy there waits, by cause, or has nothing to do.'), timeline(report));
  energyChapter(result);
  accuracyChapter(result);
  mappingChapter(result);
  upkeepChapter(result);
  assumptionsChapter(result);
  repeatChapter(result, 'phasecore simulate --config config.resolved.yaml');
}
