// What makes the pages nicer where there is JavaScript. Everything works without it.
(() => {
  'use strict'
  document.documentElement.classList.add('js')

  // Conditions of the manual, as the server reads them: is a question asked, given the answers?
  const answer = (form, key) => {
    const name = key.startsWith('data.') ? key : `form.${key}`
    const found = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)]
    if (!found.length) return undefined
    if (found[0].type === 'radio') return found.find((one) => one.checked)?.value
    if (found[0].type === 'checkbox') return found.filter((one) => one.checked).map((one) => one.value)
    return found[0].value
  }
  const same = (given, wanted) => String(given) === String(wanted)
  const among = (given, wanted) => (Array.isArray(given) ? given : [given]).some((one) => same(one, wanted))
  const holds = (when, form) => {
    if (when.all) return when.all.every((part) => holds(part, form))
    if (when.any) return when.any.some((part) => holds(part, form))
    if (when.not) return !holds(when.not, form)
    const given = answer(form, when.field)
    const empty = given === undefined || given === '' || given.length === 0
    if ('filled' in when) return when.filled !== empty
    if (empty) return false
    if ('is' in when) return among(given, when.is)
    if ('in' in when) return when.in.some((one) => among(given, one))
    if ('at_least' in when) return Number(given) >= Number(when.at_least)
    if ('at_most' in when) return Number(given) <= Number(when.at_most)
    return true
  }
  const fit = (form) => {
    for (const field of form.querySelectorAll('[data-shown]')) {
      const shown = holds(JSON.parse(field.dataset.shown), form)
      field.hidden = !shown
      for (const input of field.querySelectorAll('input, select, textarea')) input.disabled = !shown
    }
  }
  const prepare = (root) => {
    for (const form of root.querySelectorAll('form[data-conditions]')) {
      fit(form)
      form.addEventListener('input', () => fit(form))
    }
    for (const form of root.querySelectorAll('form[data-upload]')) upload(form)
  }

  // One file at a time, with its progress and a preview of pictures.
  const upload = (form) => {
    const input = form.querySelector('input[type=file]')
    input.addEventListener('change', () => {
      form.querySelector('.thumb')?.remove()
      const file = input.files[0]
      if (!file?.type.startsWith('image/')) return
      const reader = new FileReader()
      reader.addEventListener('load', () => {
        const picture = new Image()
        picture.className = 'thumb'
        picture.alt = file.name
        picture.src = reader.result
        input.after(picture)
      })
      reader.readAsDataURL(file)
    })
    form.addEventListener('submit', (event) => {
      if (!input.files.length) return
      event.preventDefault()
      const bar = document.createElement('progress')
      bar.max = 1
      bar.setAttribute('aria-label', form.dataset.upload)
      form.append(bar)
      const request = new XMLHttpRequest()
      request.open('POST', form.action)
      request.upload.addEventListener('progress', (seen) => { if (seen.lengthComputable) bar.value = seen.loaded / seen.total })
      request.addEventListener('load', () => {
        if (request.status >= 400) { // the page says what is wrong, at its own address
          document.open(); document.write(request.responseText); document.close()
        } else { location.assign(request.responseURL); if (location.hash) location.reload() }
      })
      request.addEventListener('error', () => form.submit())
      request.send(new FormData(form))
    })
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-phrase], [data-print], [data-all]')
    if (!button) return
    if (button.dataset.phrase) {
      const box = document.getElementById(button.dataset.into)
      box.value += (box.value ? '\n' : '') + button.dataset.phrase
      box.focus()
    }
    if ('print' in button.dataset) print()
    if ('all' in button.dataset) for (const box of document.querySelectorAll(button.dataset.all)) box.checked = button.checked ?? true
  })

  // The inbox by keyboard: j and k move, x marks, Enter opens, / searches.
  document.addEventListener('keydown', (event) => {
    const list = document.querySelector('[data-keys]')
    if (!list || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select, textarea')) {
      return
    }
    const links = [...list.querySelectorAll('a[data-row]')]
    const at = links.indexOf(document.activeElement)
    if (event.key === 'j' && links.length) links[Math.min(at + 1, links.length - 1)].focus()
    else if (event.key === 'k' && links.length) links[Math.max(at - 1, 0)].focus()
    else if (event.key === 'x' && at >= 0) links[at].closest('tr').querySelector('input[type=checkbox]')?.click()
    else if (event.key === '/') document.querySelector('[data-search]')?.focus()
    else return
    event.preventDefault()
  })

  // A picture larger than its frame shows first where the case is now.
  for (const frame of document.querySelectorAll('.flow')) {
    const lit = frame.querySelector('.lit-now')
    if (!lit) continue
    const [at, within] = [lit.getBoundingClientRect(), frame.getBoundingClientRect()]
    frame.scrollLeft = at.left - within.left - (frame.clientWidth - at.width) / 2
    frame.scrollTop = at.top - within.top - (frame.clientHeight - at.height) / 2
  }

  // What is wrong is read first, even where the address still ends in #main.
  addEventListener('load', () => setTimeout(() => document.querySelector('.summary')?.focus()))

  prepare(document)
  document.addEventListener('htmx:after:swap', () => prepare(document))
})()
