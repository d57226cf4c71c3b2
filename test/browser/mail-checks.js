// Runs in the page that shows a mail.
globalThis.mailChecks = (() => {
  const all = (selector) => [...document.querySelectorAll(selector)];

  /** @param smallest the least height of a button, in pixels */
  function look(smallest) {
    const preheader = document.querySelector("body > div");
    const loading = all("[src], [background], link, object, iframe").map(({ outerHTML }) => outerHTML);
    return {
      overflow: Math.max(0, document.documentElement.scrollWidth - innerWidth),
      small: all("td > a")
        .filter((button) => button.getBoundingClientRect().height < smallest)
        .map(({ innerText }) => innerText),
      foreign: loading.filter((html) => !/src="(data|cid):/.test(html)),
      preheader: preheader?.textContent.trim() ?? "",
      preheaderSeen: (preheader?.getClientRects().length ?? 0) > 0,
    };
  }

  /** Texts whose contrast axe-core finds too low. */
  async function faintTexts() {
    const { violations } = await axe.run({ runOnly: { type: "rule", values: ["color-contrast"] } });
    return violations.flatMap(({ nodes }) => nodes.map(({ html }) => html));
  }

  const ground = () => getComputedStyle(document.body).backgroundColor;
  return { look, faintTexts, ground };
})();
