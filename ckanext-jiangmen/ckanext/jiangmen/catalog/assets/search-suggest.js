/* Offers names while somebody types into a search field: an ARIA combobox with a list.
 *
 * Arrow keys choose, Enter searches for the chosen one, Escape closes. Without this
 * script the field is a plain one.
 */
ckan.module("jiangmen-suggest", function ($) {
  "use strict";

  var WAIT = 150;
  var LEAST = 1;

  return {
    /* labels: {list, title, item, department, tag} in the page's language */
    options: { labels: {} },

    initialize: function () {
      var id = this.el[0].id || "jm-suggest";
      this.list = $('<ul class="jm-suggestions" role="listbox" hidden></ul>').attr({
        id: id + "-list", "aria-label": this.options.labels.list
      });
      this.el.attr({
        role: "combobox", autocomplete: "off", "aria-autocomplete": "list",
        "aria-expanded": "false", "aria-controls": id + "-list"
      });
      this.el.wrap('<span class="jm-suggest"></span>').after(this.list);
      this.at = -1;
      this.el.on("input", this.later.bind(this));
      this.el.on("keydown", this.key.bind(this));
      this.el.on("blur", function () {
        // A click on the list comes after the field has lost the focus.
        this.closing = setTimeout(this.close.bind(this), 200);
      }.bind(this));
      this.list.on("mousedown", "li", this.clicked.bind(this));
    },

    later: function () {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(this.ask.bind(this), WAIT);
    },

    ask: function () {
      var typed = this.el.val().trim();
      if (typed.length < LEAST) {
        this.close();
        return;
      }
      this.asked = typed;
      fetch("/api/3/action/jiangmen_search_suggest?q=" + encodeURIComponent(typed), {
        credentials: "same-origin"
      }).then(function (answer) {
        return answer.ok ? answer.json() : { result: { suggestions: [] } };
      }).then(function (told) {
        if (this.asked === typed && document.activeElement === this.el[0]) {
          this.show(told.result.suggestions);
        }
      }.bind(this)).catch(this.close.bind(this));
    },

    show: function (found) {
      var id = this.list[0].id;
      this.at = -1;
      this.list.empty();
      found.forEach(function (one, number) {
        var row = $('<li role="option" aria-selected="false"></li>').attr({
          id: id + "-" + number
        });
        row.append($("<span></span>").text(one.text));
        row.append($('<span class="jm-suggestion-kind"></span>').text(this.kind(one)));
        row.data("text", one.text);
        this.list.append(row);
      }, this);
      this.list.prop("hidden", !found.length);
      this.el.attr("aria-expanded", String(found.length > 0));
      this.el.removeAttr("aria-activedescendant");
    },

    kind: function (one) {
      return this.options.labels[one.kind] || "";
    },

    key: function (event) {
      var rows = this.list.children();
      if (event.key === "Escape") {
        this.close();
      } else if (event.key === "Enter" && this.at >= 0) {
        event.preventDefault();
        this.take(rows.eq(this.at));
      } else if (rows.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        var step = event.key === "ArrowDown" ? 1 : -1;
        this.mark(rows, (this.at + step + rows.length + (this.at < 0 && step < 0)) %
          rows.length);
      }
    },

    mark: function (rows, at) {
      this.at = at;
      rows.attr("aria-selected", "false").eq(at).attr("aria-selected", "true");
      this.el.attr("aria-activedescendant", rows[at].id);
    },

    clicked: function (event) {
      event.preventDefault();
      this.take($(event.currentTarget));
    },

    take: function (row) {
      this.el.val(row.data("text"));
      this.close();
      var form = this.el[0].form;
      if (form.requestSubmit) {
        form.requestSubmit();
      } else {
        form.submit();
      }
    },

    close: function () {
      clearTimeout(this.closing);
      clearTimeout(this.waiting);
      this.asked = null;
      this.at = -1;
      this.list.prop("hidden", true).empty();
      this.el.attr("aria-expanded", "false").removeAttr("aria-activedescendant");
    }
  };
});
