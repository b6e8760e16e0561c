/* Canned replies: put in where the cursor stands, found while typing. Without script the links fill the box anew. */
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-insert]");
  if (!link) return;
  event.preventDefault();
  const box = document.getElementById(link.dataset.into);
  box.focus();
  box.setRangeText(link.dataset.insert, box.selectionStart, box.selectionEnd, "end");
});
document.addEventListener("input", (event) => {
  const list = document.getElementById(event.target.dataset.filter);
  if (!list) return;
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of list.children) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
});
