/* Charts over the tables of the statistics page. The tables say everything; without script they are all there is. */
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const number = (cell) => Number.parseFloat(cell.textContent) || 0;

const read = (table) => {
  const columns = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows];
  const values = (name) => rows.map((row) => number(row.cells[columns.indexOf(name) + 1]));
  return { names: rows.map((row) => row.cells[0].textContent), values };
};

const frame = (names, unit, series) => {
  const text = { color: color("--ink"), fontFamily: getComputedStyle(document.body).fontFamily };
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    color: [color("--blue"), color("--warn"), color("--soft"), color("--good")],
    textStyle: text,
    grid: { left: 8, right: 12, top: 44, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 10, itemGap: 16, textStyle: text },
    tooltip: { trigger: "axis", confine: true, backgroundColor: color("--surface"), borderColor: color("--line"), textStyle: text,
      valueFormatter: (value) => `${value} ${unit}` },
    xAxis: { type: "category", data: names, axisLabel: { color: color("--soft"), hideOverlap: true, width: 96, overflow: "truncate" },
      axisLine: { lineStyle: { color: color("--line") } } },
    yAxis: { type: "value", name: unit, nameTextStyle: { color: color("--soft"), align: "left" }, minInterval: unit === "人" ? 1 : undefined,
      axisLabel: { color: color("--soft") }, splitLine: { lineStyle: { color: color("--line") } } },
    series,
  };
};

const people = ({ names, values }) => frame(names, "人", ["办结", "过号", "放弃"].map((name) =>
  ({ name, type: "bar", stack: "people", data: values(name), barMaxWidth: 32 })));
const minutes = ({ names, values }) => frame(names, "分钟", [
  { name: "等候中位", type: "bar", data: values("等候中位"), barMaxWidth: 24 },
  { name: "等候九成", type: "bar", data: values("等候九成"), barMaxWidth: 24 },
  { name: "办理中位", type: "bar", data: values("办理中位"), barMaxWidth: 24 },
]);

const draw = async (place) => {
  const { init } = await import(place.dataset.charts);
  const table = document.getElementById(place.dataset.table);
  const charts = [];
  const paint = () => charts.forEach(([chart, option]) => chart.setOption(option(read(table)), true));
  place.hidden = false;
  for (const [title, option] of [["人数", people], ["分钟", minutes]]) {
    const box = place.appendChild(document.createElement("div"));
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", `${title}图，数字见下表`);
    charts.push([init(box), option]);
  }
  paint();
  new ResizeObserver(() => charts.forEach(([chart]) => chart.resize())).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
};

/* Only what comes into sight: the library is large. */
const seen = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
  seen.unobserve(entry.target);
  draw(entry.target.querySelector("[data-charts]"));
}), { rootMargin: "200px" });
document.querySelectorAll("section:has([data-charts])").forEach((part) => seen.observe(part));
