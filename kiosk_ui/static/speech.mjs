/**
 * Reading a screen aloud when somebody asks for it: by the office's own recording where the screen brings one,
 * else by a voice that lives on this device. A voice of a network service would be told what is on the screen.
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

  /** Whether a screen can be heard. */
  canRead(language, screen) {
    return Boolean(screen?.dataset.voice || this.voiceFor(language));
  }

  /** The screen's recording, else its words one after the other, with a breath between them. */
  read(language, screen) {
    this.stop();
    if (screen.dataset.voice) this.play(screen.dataset.voice);
    else this.say(language, wordsOf(screen));
  }

  play(address) {
    const reading = (this.reading = Symbol("reading"));
    this.recording = new Audio(address);
    this.recording.onended = this.recording.onerror = () => this.said(reading);
    this.waiting = 1;
    this.recording.play().catch(() => this.said(reading));
    this.onChange();
  }

  say(language, texts) {
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
    this.recording?.pause();
    this.recording = undefined;
  }
}

/** What is to be read of a screen, in its order. */
function wordsOf(screen) {
  const parts = [...screen.querySelectorAll("legend, h2, .hint, .intro, .choice:not([hidden]) .word")];
  const shown = parts.filter((part) => !part.closest("[hidden]"));
  return shown.map((part) => part.textContent.replace(/\s+/g, " ").trim()).filter(Boolean);
}
