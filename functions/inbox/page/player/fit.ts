// Scales the replayed page, which keeps the size that it had in the customer's browser, into the frame.

export function fit(root: HTMLElement) {
  const scale = () => {
    const wrapper = root.querySelector<HTMLElement>('.replayer-wrapper')
    const page = wrapper?.querySelector('iframe')
    const [width, height] = [Number(page?.getAttribute('width')), Number(page?.getAttribute('height'))]
    if (!wrapper || !width || !height) return
    const by = Math.min(innerWidth / width, innerHeight / height)
    wrapper.style.transform = `translate(${(innerWidth - width * by) / 2}px, ${(innerHeight - height * by) / 2}px) scale(${by})`
  }
  addEventListener('resize', scale)
  // The replayer sets the size as the recording goes.
  new MutationObserver(scale).observe(root, { subtree: true, childList: true, attributeFilter: ['width', 'height'] })
}
