/** The page's own short tone, made by the browser: two notes, no file. */
class Tone {
  #audio: AudioContext | null = null

  /** Makes the browser allow sound; it does so only while the agent presses something. */
  unlock() {
    this.#audio ??= new AudioContext()
    if (this.#audio.state === 'suspended') void this.#audio.resume().catch(() => {})
  }

  play(volume: number) {
    const audio = this.#audio
    if (audio?.state !== 'running') return
    for (const [at, frequency] of [660, 880].entries()) this.#note(audio, audio.currentTime + at * 0.12, frequency, volume)
  }

  #note(audio: AudioContext, at: number, frequency: number, volume: number) {
    const [note, loudness] = [audio.createOscillator(), audio.createGain()]
    note.frequency.value = frequency
    loudness.gain.setValueAtTime(0.0001, at)
    loudness.gain.exponentialRampToValueAtTime(Math.max(volume, 0.001) * 0.3, at + 0.02)
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.3)
    note.connect(loudness).connect(audio.destination)
    note.start(at)
    note.stop(at + 0.32)
  }
}

export const tone = new Tone()
