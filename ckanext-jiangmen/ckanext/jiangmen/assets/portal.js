/* Small helps of the open site; every page works without them.
 *
 * data-copies="id"   a button that copies the text of an element
 * data-filters="id"  a field that hides the rows of a table that lack its text
 */
(function () {
  "use strict";

  function copying(button) {
    var title = button.textContent;
    button.hidden = false;
    button.addEventListener("click", function () {
      var source = document.getElementById(button.dataset.copies);
      copy(source).then(function () {
        button.textContent = button.dataset.done;
        window.setTimeout(function () { button.textContent = title; }, 2000);
      });
    });
  }

  /* Without TLS a browser has no clipboard: the text is marked for the reader. */
  function copy(source) {
    if (navigator.clipboard) { return navigator.clipboard.writeText(source.textContent); }
    window.getSelection().selectAllChildren(source);
    return document.execCommand("copy") ? Promise.resolve() : Promise.reject();
  }

  function filtering(group) {
    var field = group.querySelector("input");
    var told = group.querySelector("[data-words]");
    var rows = document.querySelectorAll("#" + group.dataset.filters + " tbody tr");
    group.hidden = false;
    field.addEventListener("input", function () {
      var wanted = field.value.trim().toLowerCase();
      var shown = 0;
      rows.forEach(function (row) {
        row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0;
        shown += row.hidden ? 0 : 1;
      });
      told.textContent = told.dataset.words.replace("{count}", shown);
    });
  }

  document.querySelectorAll("[data-copies]").forEach(copying);
  document.querySelectorAll("[data-filters]").forEach(filtering);
})();
