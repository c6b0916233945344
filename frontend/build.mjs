// Makes api/web/static/built from what package-lock.json names: Tabler without the rules no page uses, htmx, charts.
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { PurgeCSS } from 'purgecss'

const here = path.dirname(fileURLToPath(import.meta.url))
const web = path.resolve(here, '../api/web')
const out = path.join(web, 'static/built')
const fresh = `${out}.new`

async function tabler() {
  const css = await readFile(path.join(here, 'node_modules/@tabler/core/dist/css/tabler.min.css'), 'utf8')
  const [purged] = await new PurgeCSS().purge({
    content: [`${web}/templates/**/*.html`, `${web}/*.py`, `${web}/static/*.js`].map((glob) => glob.replaceAll('\\', '/')),
    css: [{ raw: css }],
    defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [],
    variables: true,
    keyframes: true,
    fontFace: true,
    // What only an attribute or a state says, and colour schemes we do not offer.
    blocklist: [/data-bs-theme="?dark/, /theme-dark/],
  })
  return purged.css.replace(/\/\*#.*?\*\//g, '').replace(/@charset "[^"]*";/, '')
}

async function script(entry) {
  const made = await build({
    entryPoints: [path.join(here, 'src', entry)],
    bundle: true, minify: true, write: false, format: 'iife', target: 'es2020', legalComments: 'none',
  })
  return made.outputFiles[0].text
}

const files = {
  'tabler.css': await tabler(),
  'htmx.js': await readFile(path.join(here, 'node_modules/htmx.org/dist/htmx.min.js'), 'utf8'),
  'charts.js': await script('charts.js'),
}
await rm(fresh, { recursive: true, force: true })
await mkdir(fresh, { recursive: true })
const manifest = {}
for (const [name, text] of Object.entries(files)) {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  manifest[name] = name.replace('.', `.${hash}.`)
  await writeFile(path.join(fresh, manifest[name]), text)
}
manifest.made_from = process.env.BANJIAN_MADE_FROM ?? ''
await writeFile(path.join(fresh, 'manifest.json'), JSON.stringify(manifest))
await rm(out, { recursive: true, force: true })
await rename(fresh, out)
