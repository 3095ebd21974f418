/**
 * Reading a screen aloud when somebody asks for it. Only by a voice that lives on this device: a voice of a
 * network service would be told what is on the screen.
 */

export class ReadAloud {
  /** @param {{ onChange: () => void, signal: AbortSignal }} options called when a voice comes or falls silent */
  constructor({ onChange, signal }) {
    this.onChange = onChange;
    this.speech = window.speechSynthesis;
    this.waiting = 0;
    this.speech?.addEventListener?.("voiceschanged", () => this.onChange(), { signal });
  }

  /** @returns {SpeechSynthesisVoice | undefined} */
  voiceFor(language) {
    const voices = this.speech?.getVoices() ?? [];
    return voices.find((voice) => voice.localService && voice.lang.toLowerCase().split(/[-_]/)[0] === language);
  }

  get isSpeaking() {
    return this.waiting > 0;
  }

  /** @param {string[]} texts one after the other, with a breath between them */
  read(language, texts) {
    this.stop();
    const voice = this.voiceFor(language);
    if (!voice) return;
    for (const text of texts) this.speech.speak(this.utterance(voice, text));
    this.waiting = texts.length;
    this.onChange();
  }

  utterance(voice, text) {
    const made = new SpeechSynthesisUtterance(text);
    made.voice = voice;
    made.lang = voice.lang;
    const reading = (this.reading ??= Symbol("reading"));
    made.onend = made.onerror = () => this.said(reading);
    return made;
  }

  said(reading) {
    if (reading !== this.reading) return;
    this.waiting -= 1;
    if (!this.isSpeaking) this.onChange();
  }

  stop() {
    this.reading = undefined;
    this.waiting = 0;
    this.speech?.cancel();
  }
}

/** What is to be read of a screen, in its order. */
export function wordsOf(screen) {
  const parts = [...screen.querySelectorAll("legend, h2, .hint, .intro, .choice:not([hidden]) .word")];
  const shown = parts.filter((part) => !part.closest("[hidden]"));
  return shown.map((part) => part.textContent.replace(/\s+/g, " ").trim()).filter(Boolean);
}
