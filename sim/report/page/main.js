// Reads what is embedded, draws the page that suits it, and obeys the address: #floorplan is a chapter.

const whenInPage = [];  // what is drawn once its elements are in the page

function start() {
  const results = JSON.parse(document.getElementById('results').textContent);
  const kind = (result) => result.report.schema.split('/')[0];
  if (results.length > 1) comparisonPage(results);
  else if (kind(results[0]) === 'phasecore.search') searchPage(results[0]);
  else if (kind(results[0]) === 'phasecore.sweep') sweepPage(results[0]);
  else simulatePage(results[0]);
  document.getElementById('foot').append(h('p', {class: 'faint'}, 'Written by PhaseCore; charts by Apache ECharts. The page holds all it shows and loads nothing.'));
  for (const draw of whenInPage) draw();
  drawAll();
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  document.documentElement.dataset.ready = 'true';
}
start();
