// Draws the figures: bars for the ratios, grouped by their baseline, and lines of text for the others.
import type { Figure, Ratio, Words } from "./report.ts"

const width = 860
const right = width - 24
const left = 262
const longestBar = 290
const values = left + longestBar + 16

const colours = {
  background: "#ffffff",
  frame: "#d0d7de",
  text: "#1f2328",
  quiet: "#59636e",
  baseline: "#afb8c1",
  met: "#2f81c7",
  missed: "#c4432b",
  target: "#1f2328"
}

interface Row {
  readonly height: number
  readonly render: (y: number) => ReadonlyArray<string>
}

interface Style {
  readonly colour?: string
  readonly size?: number
  readonly weight?: "normal" | "bold"
  readonly anchor?: "start" | "end"
}

/** A figure with its words. */
export interface Entry<F extends Figure = Figure> {
  readonly figure: F
  readonly words: Words
}

export interface Machine {
  readonly processors: number
  readonly load: number
  readonly platform: string
  readonly node: string
  readonly bun: string
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

const text = (
  x: number,
  y: number,
  content: string,
  { colour = colours.text, size = 13, weight = "normal", anchor = "start" }: Style = {}
): string =>
  `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${colour}" text-anchor="${anchor}">${
    escaped(content)
  }</text>`

const bar = (y: number, length: number, colour: string): string =>
  `<rect x="${left}" y="${y}" width="${Math.round(length)}" height="16" rx="2" fill="${colour}"/>`

/** A line across the bar at its target. */
const mark = (y: number, length: number): string =>
  `<rect x="${left + Math.round(length) - 1}" y="${y - 4}" width="2" height="24" fill="${colours.target}"/>`

const quiet: Style = { colour: colours.quiet, size: 12 }

const ratioRow = (unit: number) => ({ figure: { met, name, target, value }, words }: Entry<Ratio>): Row => ({
  height: 30,
  render: (y) => [
    text(left - 12, y + 13, name, { anchor: "end" }),
    bar(y, value * unit, met ? colours.met : colours.missed),
    mark(y, target * unit),
    text(values, y + 13, words.value, { weight: "bold", colour: met ? colours.text : colours.missed }),
    text(values + 72, y + 13, words.detail.replace(/ of .*/, ""), quiet),
    text(right, y + 13, words.target, { ...quiet, anchor: "end" })
  ]
})

const baselineRow = (unit: number, of: string): Row => ({
  height: 30,
  render: (y) => [
    text(left - 12, y + 13, of, { anchor: "end", colour: colours.quiet }),
    bar(y, unit, colours.baseline),
    text(values, y + 13, "1 ×", { colour: colours.quiet })
  ]
})

/** Each group has its own scale, which its first bar shows. */
const group = (title: string, ratios: ReadonlyArray<Entry<Ratio>>): ReadonlyArray<Row> => {
  const unit = longestBar / Math.max(...ratios.flatMap(({ figure: { target, value } }) => [target, value]))
  return [heading(title), baselineRow(unit, ratios[0]?.figure.of ?? ""), ...ratios.map(ratioRow(unit)), gap]
}

const heading = (content: string): Row => ({
  height: 30,
  render: (y) => [text(24, y + 14, content, { weight: "bold", size: 14 })]
})

const textRow = ({ figure, words }: Entry): Row => ({
  height: 26,
  render: (y) => [
    text(left - 12, y + 13, figure.name, { anchor: "end" }),
    text(left, y + 13, words.value, {
      weight: "bold",
      colour: figure.kind === "rate" || figure.met ? colours.text : colours.missed
    }),
    text(left + 150, y + 13, words.detail, quiet),
    text(right, y + 13, words.target, { ...quiet, anchor: "end" })
  ]
})

const legend: Row = {
  height: 34,
  render: (y) => {
    const entry = (x: number, colour: string, content: string) => [
      `<rect x="${x}" y="${y + 8}" width="12" height="12" rx="2" fill="${colour}"/>`,
      text(x + 18, y + 18, content, quiet)
    ]
    return [
      ...entry(24, colours.met, "within its target"),
      ...entry(156, colours.missed, "beyond it"),
      `<rect x="244" y="${y + 4}" width="2" height="20" fill="${colours.target}"/>`,
      text(252, y + 18, "target", quiet),
      text(312, y + 18, "medians; shorter is better", quiet),
      text(right, y + 18, "target", { ...quiet, anchor: "end" })
    ]
  }
}

const gap: Row = { height: 12, render: () => [] }

const isRatio = (entry: Entry): entry is Entry<Ratio> => entry.figure.kind === "ratio"

export const draw = (
  figures: ReadonlyArray<Entry>,
  { bun, load, node, platform, processors }: Machine
): string => {
  const ratios = figures.filter(isRatio)
  const rows = [
    legend,
    ...[...new Set(ratios.map(({ figure }) => figure.group))].flatMap((title) =>
      group(title, ratios.filter(({ figure }) => figure.group === title))
    ),
    heading("Requests (challenge + tokens), rates, memory"),
    ...figures.filter(({ figure }) => figure.kind !== "ratio").map(textRow)
  ]
  const parts: Array<string> = []
  let y = 66
  for (const { height, render } of rows) {
    parts.push(...render(y))
    y += height
  }
  const height = y + 14
  const busy = load > processors ? `; the machine was busy (load ${load}): the ratios are rough` : ""
  const machine = `${processors} processors, ${platform}, Node.js ${node}, bun ${bun}${busy}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" role="img" aria-label="What a get costs">`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${
      height - 1
    }" rx="8" fill="${colours.background}" stroke="${colours.frame}"/>`,
    text(24, 34, "What a get costs", { size: 19, weight: "bold" }),
    text(24, 56, machine, quiet),
    ...parts.filter((part) => part !== ""),
    "</svg>",
    ""
  ].join("\n")
}
