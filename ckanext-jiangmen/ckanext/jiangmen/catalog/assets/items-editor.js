/* The information items of an entry as a paged table over one JSON field.
 *
 * data-module-columns: [{name, label, help, required, choices: [{value, label}]}]
 * data-module-words: the texts of the buttons.
 */
ckan.module("jiangmen-items", function ($) {
  "use strict";

  var PAGE = 25;

  return {
    options: { columns: [], words: {} },

    initialize: function () {
      this.field = this.el.find("textarea")[0];
      try {
        this.rows = JSON.parse(this.field.value || "[]");
      } catch (broken) {
        return; // The text stays editable as it is.
      }
      if (!Array.isArray(this.rows)) {
        return;
      }
      // A thousand items are too long for a urlencoded form.
      this.field.form.enctype = "multipart/form-data";
      this.field.hidden = true;
      this.page = 0;
      this.editor = document.createElement("div");
      this.el[0].appendChild(this.editor);
      this.draw();
    },

    draw: function (focus) {
      var first = this.page * PAGE;
      var shown = this.rows.slice(first, first + PAGE);
      this.editor.replaceChildren(this.table(shown, first), this.buttons(first));
      if (focus) {
        var target = this.editor.querySelector(focus);
        if (target) {
          target.focus();
        }
      }
      this.changed();
    },

    changed: function () {
      this.field.value = JSON.stringify(this.rows);
      $(this.field).trigger("jiangmen:items", [this.rows]);
    },

    table: function (shown, first) {
      var holder = element("div", "table-responsive");
      if (!shown.length) {
        holder.append(element("p", "text-muted", this.options.words.empty));
        return holder;
      }
      var table = element("table", "table table-sm jiangmen-items-editor");
      var head = element("tr");
      head.append(element("th", "", this.options.words.number));
      this.options.columns.forEach(function (column) {
        var cell = element("th", column.required ? "required" : "", column.label);
        cell.scope = "col";
        cell.title = column.help || "";
        head.append(cell);
      });
      head.append(element("th"));
      var top = element("thead");
      top.append(head);
      var body = element("tbody");
      shown.forEach(function (row, place) {
        body.append(this.row(row, first + place));
      }, this);
      table.append(top, body);
      holder.append(table);
      return holder;
    },

    row: function (row, index) {
      var line = element("tr");
      line.append(element("td", "", String(index + 1)));
      this.options.columns.forEach(function (column) {
        var cell = element("td");
        cell.append(this.input(row, column, index));
        line.append(cell);
      }, this);
      var last = element("td");
      var remove = button("btn btn-sm btn-outline-danger", this.options.words.remove);
      remove.addEventListener("click", this.remove.bind(this, index));
      last.append(remove);
      line.append(last);
      return line;
    },

    input: function (row, column, index) {
      var value = row[column.name] == null ? "" : String(row[column.name]);
      var input;
      if (column.choices.length) {
        input = element("select", "form-select form-select-sm");
        input.append(option("", ""));
        column.choices.forEach(function (choice) {
          input.append(option(choice.value, choice.label));
        });
        if (value && input.querySelectorAll("option").length) {
          var known = column.choices.some(function (choice) {
            return choice.value === value;
          });
          if (!known) {
            input.append(option(value, value)); // Shown, for the rules to refuse.
          }
        }
      } else {
        input = element("input", "form-control form-control-sm");
        input.type = "text";
      }
      input.value = value;
      input.dataset.column = column.name;
      input.dataset.index = index;
      input.setAttribute(
        "aria-label",
        this.options.words.row
          .replace("{number}", index + 1)
          .replace("{label}", column.label)
      );
      input.addEventListener("change", this.edited.bind(this, row, column.name, input));
      input.addEventListener("input", this.edited.bind(this, row, column.name, input));
      return input;
    },

    edited: function (row, name, input) {
      if (input.value.trim() === "") {
        delete row[name];
      } else {
        row[name] = input.value.trim();
      }
      this.changed();
    },

    buttons: function (first) {
      var words = this.options.words;
      var bar = element("div", "jiangmen-items-bar");
      var add = button("btn btn-secondary btn-sm", words.add);
      add.dataset.role = "add";
      add.addEventListener("click", this.add.bind(this));
      bar.append(add);
      if (this.rows.length > PAGE) {
        var last = Math.min(first + PAGE, this.rows.length);
        var text = words.count
          .replace("{from}", first + 1)
          .replace("{to}", last)
          .replace("{count}", this.rows.length);
        bar.append(
          this.turn(words.previous, -1, this.page === 0),
          element("span", "", text),
          this.turn(words.next, 1, last === this.rows.length)
        );
      }
      return bar;
    },

    turn: function (text, step, disabled) {
      var turner = button("btn btn-light btn-sm", text);
      turner.disabled = disabled;
      turner.addEventListener("click", function () {
        this.page += step;
        this.draw();
      }.bind(this));
      return turner;
    },

    add: function () {
      this.rows.push({});
      this.page = Math.floor((this.rows.length - 1) / PAGE);
      this.draw('[data-index="' + (this.rows.length - 1) + '"]');
    },

    remove: function (index) {
      this.rows.splice(index, 1);
      var pages = Math.max(1, Math.ceil(this.rows.length / PAGE));
      this.page = Math.min(this.page, pages - 1);
      this.draw('[data-role="add"]');
    },
  };

  function element(tag, classes, text) {
    var made = document.createElement(tag);
    if (classes) {
      made.className = classes;
    }
    if (text) {
      made.textContent = text;
    }
    return made;
  }

  function button(classes, text) {
    var made = element("button", classes, text);
    made.type = "button";
    return made;
  }

  function option(value, text) {
    var made = element("option", "", text);
    made.value = value;
    return made;
  }
});
