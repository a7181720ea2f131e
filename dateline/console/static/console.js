// What scripts add to pages that work without them: charts with a cursor, from the page's JSON twin. No page needs this file.
"use strict";
(() => {
  const number = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
  const shown = (unit, value) => value == null ? "–" : unit === "share" ? number.format(100 * value) + " %" : number.format(value);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const month = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });
  const stamp = (tick, withHour) => {
    const at = new Date(tick * 1e3), hour = at.getUTCHours();
    return withHour && hour ? String(hour).padStart(2, "0") + ":00" : month.format(at);
  };
  const twins = new Map();
  const twin = (address) => {
    if (!twins.has(address)) twins.set(address, fetch(address, { headers: { Accept: "application/json" } }).then((answer) => answer.ok || answer.status === 400 ? answer.json() : null));
    return twins.get(address);
  };

  // the values under the pointer, in the legend that the page has anyway
  function told(figure, chart) {
    const values = figure.querySelectorAll(".legend output"), at = figure.querySelector(".legend .at");
    return (plot) => {
      const place = plot.cursor.idx, has = place != null && plot.cursor.left >= 0;
      values.forEach((one, number) => { one.textContent = has ? shown(chart.unit, plot.data[number + 1][place]) : ""; });
      if (at) at.textContent = has ? new Date(plot.data[0][place] * 1e3).toISOString().slice(0, 16).replace("T", " ") : "";
    };
  }

  // a span of days that is dragged on a search's timeline narrows the search to it
  function narrowed(figure) {
    const place = figure.closest("[data-search]");
    return place && ((plot) => {
      if (!(plot.select.width > 4)) return;
      const day = (px) => new Date(plot.posToVal(px, "x") * 1e3).toISOString().slice(0, 10);
      const span = `date:${day(plot.select.left)}..${day(plot.select.left + plot.select.width)}`;
      const words = place.dataset.query.replace(/(^|\s)date:\S+/g, " ").trim();
      const target = new URL(place.dataset.search, location.href);
      target.searchParams.set("q", / OR /.test(words) ? `(${words}) ${span}` : `${words} ${span}`);
      location.assign(target);
    });
  }

  function options(figure, chart, width) {
    const ink = colour("--soft"), rule = colour("--rule");
    const axis = { stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1 } };
    const day = 86400, hours = [3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600];
    const time = {
      ...axis, space: 70, incrs: [...(chart.x.length > 1 && chart.x[1] - chart.x[0] >= day ? [] : hours), day, 2 * day, 7 * day, 14 * day, 28 * day, 91 * day, 365 * day],
      values: (_, ticks, __, ___, step) => ticks.map((tick) => stamp(tick, step < day)),
    };
    const bars = chart.kind === "bars", step = chart.x.length > 1 ? chart.x[1] - chart.x[0] : day;
    const dashes = [[], [7, 3], [2, 3], [10, 3, 2, 3], [], []];
    return {
      width, height: 200, tzDate: (ts) => uPlot.tzDate(new Date(ts * 1e3), "Etc/UTC"),
      legend: { show: false }, hooks: { setCursor: [told(figure, chart)], setSelect: [narrowed(figure)].filter(Boolean) },
      cursor: { drag: { x: Boolean(figure.closest("[data-search]")), y: false, setScale: false } },
      scales: { x: { range: (plot) => [plot.data[0][0] - step / 2, plot.data[0].at(-1) + step / 2] }, y: { range: (_, low, high) => [0, high > 0 ? high * 1.08 : 1] } },
      axes: [time, { ...axis, size: 56, incrs: chart.unit === "count" ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6] : undefined, values: (_, ticks) => ticks.map((tick) => shown(chart.unit, tick)) }],
      series: [{ label: "UTC", value: "{YYYY}-{MM}-{DD} {HH}:{mm}" }, ...chart.series.map((one, place) => ({
        label: one.label, stroke: colour("--s" + place), width: bars ? 0 : 2, dash: bars ? undefined : dashes[place], points: bars ? { show: false } : { show: true, size: 6, fill: colour("--s" + place), filter: lonely },
        fill: bars ? colour("--s" + place) : undefined,
        paths: bars ? uPlot.paths.bars({ size: [0.8 / chart.series.length, 60], align: chart.series.length > 1 ? (place ? 1 : -1) : 0 }) : undefined,
        value: (_, value) => shown(chart.unit, value),
      }))],
    };
  }

  // a value between two gaps would be a line without length
  const lonely = (plot, series) => plot.data[series].flatMap((value, at, all) => value != null && all[at - 1] == null && all[at + 1] == null ? [at] : []);

  async function renew(figure) {
    const plot = figure.querySelector(".plot"), data = await twin(figure.dataset.source);
    const chart = data && data.charts.find((one) => one.name === figure.dataset.chart);
    if (chart && plot?.uplot) plot.uplot.setData([chart.x, ...chart.series.map((one) => one.values)]);
  }

  async function draw(figure) {
    const plot = figure.querySelector(".plot");
    const data = plot && await twin(figure.dataset.source);
    const chart = data && data.charts.find((one) => one.name === figure.dataset.chart);
    if (!chart || !plot.isConnected || !plot.clientWidth) return;
    const before = plot.uplot;
    const place = document.createElement("div");
    const drawn = new uPlot(options(figure, chart, plot.clientWidth), [chart.x, ...chart.series.map((one) => one.values)], place);
    drawn.root.setAttribute("role", "img");
    drawn.root.setAttribute("aria-label", plot.querySelector("svg")?.getAttribute("aria-label") || plot.dataset.label || chart.title);
    plot.dataset.label = drawn.root.getAttribute("aria-label");
    plot.replaceChildren(place);
    if (before) before.destroy();
    plot.uplot = drawn;
  }

  const all = (within) => within.querySelectorAll("figure[data-chart]").forEach(draw);
  const later = (work) => window.requestIdleCallback ? requestIdleCallback(work, { timeout: 1000 }) : setTimeout(work, 100);
  let width = innerWidth, waiting = 0;
  document.addEventListener("DOMContentLoaded", () => later(() => all(document)));
  document.addEventListener("htmx:afterSettle", (event) => all(event.target));
  document.addEventListener("dateline:renewed", () => { twins.clear(); document.querySelectorAll("figure[data-chart]").forEach(renew); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all(document));
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(() => all(document), 200);
  });
})();
