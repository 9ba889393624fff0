// A zone for files: dropped or chosen, sent in pieces, the next one when the server nods. It judges nothing:
// the server counts what arrives and says what is wrong.

function encode(bytes) {
  let text = ""
  for (let at = 0; at < bytes.length; at += 32768) { text += String.fromCharCode(...bytes.subarray(at, at + 32768)) }
  return btoa(text)
}

const megabytes = bytes => (bytes / 1048576).toFixed(1)

export function render({model}) {
  const {icons, piece} = model.esm_constants
  const root = document.createElement("div")
  root.innerHTML = `<button class="drop"><svg viewBox="0 0 24 24" aria-hidden="true">${icons.upload}</svg><span></span></button>
    <input type="file" hidden>`
  const zone = root.querySelector("button"), words = root.querySelector("span"), input = root.querySelector("input")
  input.accept = model.accept
  input.multiple = model.most > 1
  input.setAttribute("aria-label", model.field)

  let count = 0
  let nod = null
  model.on("msg:custom", ({upload, go}) => {
    if (nod?.id === upload) { nod.resolve(go) }
  })

  // True when the server took the file whole.
  async function send(file) {
    const id = `${Date.now()}-${count += 1}`
    const parts = Math.max(1, Math.ceil(file.size / piece))
    for (let part = 0; part < parts; part += 1) {
      let bytes
      try {
        bytes = new Uint8Array(await file.slice(part * piece, (part + 1) * piece).arrayBuffer())
      } catch {
        // A folder that was dropped, or a file that is gone by now.
        model.send_msg({unread: file.name.slice(0, 300)})
        return
      }
      const going = new Promise(resolve => { nod = {id, resolve} })
      model.send_msg({
        upload: id, name: file.name.slice(0, 300), size: file.size, part, data: encode(bytes), last: part === parts - 1,
      })
      if (parts > 1) { words.textContent = `Reading: ${megabytes(part * piece)} of ${megabytes(file.size)} MB` }
      if (!(await going)) { return }
    }
  }

  async function take(files) {
    model.send_msg({files: files.length})
    if (files.length > model.most) { return }
    for (const file of files) { await send(file) }
    words.textContent = model.label
  }

  const carriesFiles = event => event.dataTransfer?.types.includes("Files")
  // In sight means in the dialog that is open. What falls on the page itself goes to one zone at most.
  const inSight = () => root.getClientRects().length > 0
  const mine = event => inSight()
    || (model.everywhere && !event.composedPath().some(node => node.tagName === "DIALOG"))

  function over(event) {
    if (!carriesFiles(event)) { return }
    event.preventDefault()  // else the browser leaves the page to show the file
    zone.classList.toggle("over", event.type === "dragover" && inSight())
  }
  function dropped(event) {
    if (!carriesFiles(event)) { return }
    event.preventDefault()
    zone.classList.remove("over")
    if (!mine(event)) { return }
    if (!inSight()) { model.send_msg({show: true}) }
    const folder = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry?.()).find(entry => entry?.isDirectory)
    if (folder) { model.send_msg({unread: folder.name.slice(0, 300)}) } else { take([...event.dataTransfer.files]) }
  }
  zone.addEventListener("click", () => input.click())
  input.addEventListener("change", () => {
    take([...input.files])
    input.value = ""
  })
  window.addEventListener("dragover", over)
  window.addEventListener("dragleave", over)
  window.addEventListener("drop", dropped)
  model.on("remove", () => {
    window.removeEventListener("dragover", over)
    window.removeEventListener("dragleave", over)
    window.removeEventListener("drop", dropped)
  })
  const showLabel = () => { words.textContent = model.label }
  model.on("label", showLabel)
  showLabel()
  return root
}
