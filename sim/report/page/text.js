'use strict';
// Numbers as words, and elements. Whatever comes from a report becomes text, never markup.

/** An element; `attributes` that are functions are listeners ("onclick"), null and false are left out. */
function h(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** Four significant digits, thousands apart. */
function number(x) {
  if (x === null || x === undefined || Number.isNaN(x)) return '–';
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size < 1e-3 || size >= 1e9) return x.toExponential(3).replace('e+', 'e');
  const digits = Math.max(0, 3 - Math.floor(Math.log10(size)));
  return x.toLocaleString('en-US', {maximumFractionDigits: Math.min(digits, 6)});
}

function scaled(x, units) {
  if (x === null || x === undefined) return '–';
  const size = Math.abs(x);
  const [factor, unit] = units.find(([f]) => size >= f) || units[units.length - 1];
  return `${number(x / factor)} ${unit}`;
}

const timeText = (ns) => scaled(ns, [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']]);
const energyText = (nj) => scaled(nj, [[1e9, 'J'], [1e6, 'mJ'], [1e3, 'µJ'], [1, 'nJ'], [1e-3, 'pJ']]);
const percent = (x, digits = 1) => (x === null || x === undefined ? '–' : `${(100 * x).toFixed(digits)} %`);
const points = (x) => (x === null || x === undefined ? '–' : x.toFixed(2));
const sum = (values) => values.reduce((a, b) => a + b, 0);
const words = (name) => name.replace(/_/g, ' ');

/** 86400 -> "1 d" */
function durationText(s) {
  for (const [unit, seconds] of [['d', 86400], ['h', 3600], ['min', 60]])
    if (s >= seconds && Number.isInteger(s / seconds)) return `${number(s / seconds)} ${unit}`;
  return `${number(s)} s`;
}

/** Rows of a table that `phasecore` wrote (RFC 4180), by the names of its columns. */
function parseCsv(text) {
  const rows = [[]];
  let cell = '', quoted = false;
  for (let i = 0; i < text.length; ++i) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',' || c === '\n') {
      rows[rows.length - 1].push(cell);
      cell = '';
      if (c === '\n') rows.push([]);
    } else cell += c;
  }
  const [names, ...cells] = rows.filter((row) => row.length > 0);
  return {names, rows: cells.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])))};
}

/** `columns`: [heading, row => text or element, is text]. */
function table(caption, columns, rows, attributes = () => ({})) {
  const head = columns.map(([heading, , text]) => h('th', {scope: 'col', class: text ? 'text' : null}, heading));
  const body = rows.map((row) => h('tr', attributes(row), columns.map(([, of, text], i) => {
    const value = of(row);
    return h(i === 0 ? 'th' : 'td', {scope: i === 0 ? 'row' : null, class: text ? 'text' : null}, value === null || value === undefined ? '–' : value);
  })));
  return h('div', {class: 'scroll'}, h('table', null, h('caption', null, caption), h('thead', null, h('tr', null, head)), h('tbody', null, body)));
}

const folded = (summary, ...children) => h('details', null, h('summary', null, summary), children);
const tile = (name, value, note) => h('div', {class: 'tile'}, h('span', null, name), h('b', null, value), h('span', null, note || ''));
const definitions = (pairs) => h('dl', null, pairs.map(([name, value]) => [h('dt', null, name), h('dd', null, value)]));
const key = (colour, name) => h('span', {class: 'key'}, h('i', {style: `background:${colour}`}), name);

/** A chapter of the page, and its line in the contents. */
function chapter(id, title, ...children) {
  document.getElementById('contents').append(h('a', {href: `#${id}`}, title));
  const section = h('section', {id}, h('h2', null, title), children);
  document.getElementById('main').append(section);
  return section;
}

function choice(label, options, chosen, onchange) {
  const select = h('select', {onchange: () => onchange(select.value)}, options.map(([value, text]) => h('option', {value, selected: value === chosen ? '' : null}, text)));
  return h('label', null, `${label} `, select);
}
