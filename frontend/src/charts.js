// Draws every <figure data-chart='{"labels": [...], "series": [{"name": "...", "values": [...]}]}'> from the data the page
// carries; the table beside it says the same. Canvas, because the content policy allows no inline style.
import { BarChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

echarts.use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

const COLOURS = ['#1b5fa8', '#8a9bb0', '#1f7a4d', '#9a5b00', '#b3261e']
const STILL = matchMedia('(prefers-reduced-motion: reduce)')

function draw(figure) {
  const given = JSON.parse(figure.dataset.chart)
  const across = given.labels.some((label) => label.length > 6)
  const names = { type: 'category', data: given.labels, axisLabel: { width: 150, overflow: 'truncate', interval: 0 } }
  const values = { type: 'value', minInterval: 1 }
  const chart = echarts.init(figure.querySelector('[data-canvas]'))
  chart.setOption({
    color: COLOURS,
    animation: !STILL.matches,
    aria: { enabled: true, decal: { show: true } },
    grid: { left: 8, right: 24, top: 40, bottom: 8, containLabel: true },
    legend: { top: 0 },
    tooltip: { trigger: 'axis', renderMode: 'richText' },
    xAxis: across ? values : names,
    yAxis: across ? { ...names, inverse: true } : values,
    series: given.series.map((one) => ({ type: given.kind ?? 'bar', name: one.name, data: one.values, barMaxWidth: 28 })),
  })
  addEventListener('resize', () => chart.resize())
  addEventListener('beforeprint', () => chart.resize())
}

for (const figure of document.querySelectorAll('figure[data-chart]')) draw(figure)
