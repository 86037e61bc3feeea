// What a screen reader would say by itself: each text that comes into a live region of the page.

/** Listens from before the page's first script. */
export async function listenForAnnouncements(tab) {
    await tab.addInitScript(() => {
        window.announced = []
        const regionOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest('[role=status], [role=alert], [aria-live]')
        new MutationObserver((changes) => {
            for (const region of new Set(changes.map(({ target }) => regionOf(target)).filter(Boolean))) {
                const text = region.textContent.trim()
                if (text !== '') window.announced.push(text)
            }
        }).observe(document, { subtree: true, childList: true, characterData: true })
    })
}

/** What was announced since this was asked last. */
export const announced = (tab) => tab.evaluate(() => window.announced.splice(0))
