/** Files that are dragged over an element and dropped on it. `on` are the element's listeners. */
export class Dropping {
  /** How many elements the files have been dragged into and not out of. */
  #entered = $state(0)
  readonly isOver = $derived(this.#entered > 0)
  readonly on

  constructor(take: (files: FileList) => void) {
    this.on = {
      ondragenter: (event: DragEvent) => void (hasFiles(event) && (this.#entered += 1)),
      ondragleave: (event: DragEvent) => void (hasFiles(event) && (this.#entered = Math.max(0, this.#entered - 1))),
      ondragover: (event: DragEvent) => void (hasFiles(event) && event.preventDefault()),
      ondrop: (event: DragEvent) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        this.#entered = 0
        if (event.dataTransfer) take(event.dataTransfer.files)
      },
    }
  }
}

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
