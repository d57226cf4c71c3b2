// Keeps an open board page current, shares its link, and throws confetti once when the goal is reached.
(() => {
  const all = (selector) => document.querySelectorAll(selector);
  const page = () => document.querySelector("main");
  const put = (name, text) => {
    for (const element of all(`[data-live-text=${name}]`)) element.textContent = text;
  };
  const news = document.getElementById("news");
  const rand = (cents) => `R${(cents / 100).toLocaleString("en-US", { minimumFractionDigits: cents % 100 ? 2 : 0 })}`;
  let people;

  // ---- what a new view changes

  function show(view) {
    const { percent, contributors, contributionCount: count } = view;
    const scene = [view.phase, view.mode, view.fullyFunded, view.acceptsContributions, count > 0].join("|");
    const was = page().dataset.scene;
    const full = view.fullyFunded ? 100 : percent;
    if (count > people) {
      const newest = `${contributors[0] || "Someone"} chipped in.`;
      news.textContent = newest + (percent === null ? "" : ` ${percent}% of the way there.`);
    }
    people = count;
    for (const track of all("[role=progressbar]")) {
      track.setAttribute("aria-valuenow", full);
      track.querySelector(".fill").setAttribute("width", `${full}%`);
      for (const star of track.querySelectorAll(".star")) star.classList.toggle("on", full >= star.dataset.at);
    }
    put("percent", `${full}%`);
    put("days", view.daysLeft === 1 ? "Last day" : `${view.daysLeft} days left`);
    put("people", count === 1 ? "1 person has chipped in" : `${count} people have chipped in`);
    if (view.charity?.raised) put("raised", `${rand(view.charity.raised)} raised so far`);
    for (const list of all("[data-names]")) {
      const more = count - contributors.length;
      const names = contributors.map((name) => {
        const item = document.createElement("li");
        item.appendChild(document.createElement("bdi")).textContent = name || "Anonymous";
        return item;
      });
      if (more > 0) {
        const item = document.createElement("li");
        item.className = "more";
        item.textContent = `+ ${more} more`;
        names.push(item);
      }
      list.replaceChildren(...names);
    }
    if (scene === was) return;
    if (view.phase === "open" && view.fullyFunded && was.split("|")[2] === "false") {
      news.textContent = "The goal is reached!";
      celebrate(view.slug);
    }
    swap(scene, 5);
  }

  // The page changes shape. A moment's wait: servers may show a picture up to a second old, and not all at once.
  let swapping;
  function swap(scene, tries) {
    clearTimeout(swapping);
    swapping = setTimeout(
      async () => {
        try {
          const here = new URL(location);
          here.searchParams.delete("cancelled");
          const answer = await fetch(here);
          const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
          const main = fresh.querySelector("main");
          if (answer.ok && (main.dataset.scene === scene || !main.dataset.live || tries < 2)) {
            page().replaceWith(main);
            document.title = fresh.title;
            // A share button, or a reader, may still look at the head: it must not name a funded gift either.
            const metas = fresh.querySelectorAll("meta[content]");
            document.querySelectorAll("meta[content]").forEach((meta, i) => {
              if (metas[i]) meta.content = metas[i].content;
            });
            return ready();
          }
        } catch {}
        if (tries > 1) swap(scene, tries - 1);
      },
      1100 + Math.random() * 900,
    );
  }

  // ---- the socket, and polling while there is none

  let socket;
  let failures = 0;
  let retry;
  function connect() {
    const path = page().dataset.live;
    clearTimeout(retry);
    if (!path || (socket && socket.readyState < 2)) return;
    socket = new WebSocket(location.origin.replace(/^http/, "ws") + path);
    let heard = true;
    const beat = setInterval(() => {
      // No answer to the last beat: phones drop sockets without saying so.
      if (!heard) return socket.close();
      heard = false;
      if (socket.readyState === 1) socket.send("ping");
    }, 40000);
    socket.onmessage = ({ data }) => {
      heard = true;
      failures = 0;
      if (data !== "pong") show(JSON.parse(data).view);
    };
    socket.onclose = () => {
      clearInterval(beat);
      const wait = Math.min(30000, 1000 * 2 ** failures++) * (0.5 + Math.random());
      retry = setTimeout(document.hidden ? connect : poll, wait);
    };
  }
  async function poll() {
    const path = page().dataset.live;
    if (!path) return;
    try {
      const answer = await fetch(`${path}.json`);
      if (answer.ok) show(await answer.json());
    } catch {}
    connect();
  }
  document.addEventListener("visibilitychange", () => document.hidden || connect());
  addEventListener("pageshow", (event) => event.persisted && connect());

  // ---- sharing

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-share]");
    if (!button) return;
    const { share: url, text } = button.dataset;
    try {
      if (navigator.share) return await navigator.share({ text, url });
      await navigator.clipboard.writeText(url);
      button.textContent = news.textContent = "Link copied";
    } catch {}
  });

  // ---- confetti

  function celebrate(key) {
    try {
      if (localStorage.getItem(`goal:${key}`)) return;
      localStorage.setItem(`goal:${key}`, "1");
    } catch {}
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const canvas = document.body.appendChild(document.createElement("canvas"));
    canvas.className = "confetti";
    const { innerWidth: width, innerHeight: height } = window;
    Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    const colours = ["#0D9488", "#F97316", "#FDBA74", "#5EEAD4", "#EA580C", "#0F766E"];
    const bits = Array.from({ length: 160 }, (_, i) => ({
      x: i % 2 ? 0 : width,
      y: height * 0.7,
      vx: (i % 2 ? 1 : -1) * (2 + Math.random() * width * 0.018),
      vy: -8 - Math.random() * height * 0.018,
      size: 6 + Math.random() * 7,
      turn: Math.random() * 6,
      colour: colours[i % 6],
    }));
    const start = performance.now();
    requestAnimationFrame(function frame(now) {
      pen.clearRect(0, 0, width, height);
      for (const bit of bits) {
        bit.vx *= 0.985;
        bit.vy = bit.vy * 0.985 + 0.22;
        bit.x += bit.vx;
        bit.y += bit.vy;
        bit.turn += 0.08;
        pen.save();
        pen.translate(bit.x, bit.y);
        pen.rotate(bit.turn);
        pen.scale(1, Math.cos(bit.turn * 1.7));
        pen.fillStyle = bit.colour;
        pen.fillRect(-bit.size / 2, -bit.size / 3, bit.size, bit.size / 1.5);
        pen.restore();
      }
      if (now - start < 4500) requestAnimationFrame(frame);
      else canvas.remove();
    });
  }

  function ready() {
    const { celebrate: key } = page().dataset;
    if (key) celebrate(key);
    if (navigator.share || navigator.clipboard) for (const button of all("[data-share]")) button.hidden = false;
  }
  ready();
  connect();
})();
