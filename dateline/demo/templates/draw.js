// draws the article whose text is at /content followed by the page's own path
fetch(`/content${location.pathname}`).then((answer) => answer.json()).then((story) => {
  const article = document.createElement("article");
  const add = (tag, text) => article.appendChild(Object.assign(document.createElement(tag), { textContent: text }));
  add("h1", story.headline);
  add("p", story.byline).className = "byline";
  story.body.forEach((text) => add("p", text));
  document.getElementById("app").replaceChildren(article);
});
