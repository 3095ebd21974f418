// While results are computed: the bar moves, and the page is loaded anew when they are there.
const EVERY = 2000;
const notice = document.querySelector("[data-progress]");

async function look() {
  const reply = await fetch(notice.dataset.progress, { headers: { Accept: "application/json" } });
  if (!reply.ok) return;
  const found = await reply.json();
  if (!found.running) {
    location.assign(notice.querySelector("a").href);
    return;
  }
  notice.querySelector("[data-step]").textContent = found.step;
  const bar = notice.querySelector("progress");
  bar.max = found.steps || 1;
  bar.value = found.place;
  setTimeout(look, EVERY);
}

if (notice) setTimeout(look, EVERY);
