// Plain JavaScript: the types of highlight.js would bring the browser's to the whole project.
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import http from "highlight.js/lib/languages/http";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import typescript from "highlight.js/lib/languages/typescript";

for (const [name, language] of Object.entries({ http, js: javascript, json, php, python, sh: bash, ts: typescript }))
  hljs.registerLanguage(name, language);

/**
 * @param {string} text
 * @param {string} language
 */
export function highlight(text, language) {
  return hljs.highlight(text, { language }).value;
}
