/* A form that calls an action and shows the answer; without script it leads there. */
"use strict";

ckan.module("jiangmen-try", function () {
  var LONGEST = 20000;

  function query(form) {
    var pairs = [];
    form.querySelectorAll("input[name]").forEach(function (field) {
      if (field.value !== "") {
        pairs.push(encodeURIComponent(field.name) + "=" + encodeURIComponent(field.value));
      }
    });
    return pairs.length ? "?" + pairs.join("&") : "";
  }

  function pretty(text) {
    var shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch (error) {
      /* Not JSON: as it came. */
    }
    return shown.length > LONGEST ? shown.slice(0, LONGEST) + "\n…" : shown;
  }

  function block(title, text) {
    var head = document.createElement("p");
    var body = document.createElement("pre");
    head.textContent = title;
    body.className = "jm-code";
    body.tabIndex = 0;
    body.setAttribute("aria-label", title);
    body.textContent = text;
    return [head, body];
  }

  return {
    initialize: function () {
      this.form = this.el[0];
      this.place = this.form.querySelector(".jm-call-answer");
      this.form.addEventListener("submit", this.send.bind(this));
    },

    send: function (event) {
      var path = this.form.getAttribute("action") + query(this.form);
      event.preventDefault();
      this.place.setAttribute("aria-busy", "true");
      fetch(path, { headers: { Accept: "application/json" }, credentials: "omit" })
        .then(this.read.bind(this, path))
        .catch(this.fail.bind(this));
    },

    read: function (path, answer) {
      return answer.text().then(this.show.bind(this, path, answer));
    },

    show: function (path, answer, text) {
      var left = answer.headers.get("RateLimit");
      var told = this.options.status + " " + answer.status;
      var line = "curl '" + this.options.root + path.replace(/'/g, "%27") + "'";
      var shown = block(this.options.line, line);
      shown = shown.concat(
        block(this.options.answer + "（" + told + (left ? "，RateLimit " + left : "") + "）", pretty(text))
      );
      this.place.replaceChildren.apply(this.place, shown);
      this.place.removeAttribute("aria-busy");
    },

    fail: function () {
      this.place.textContent = this.options.failed;
      this.place.removeAttribute("aria-busy");
    },
  };
});
