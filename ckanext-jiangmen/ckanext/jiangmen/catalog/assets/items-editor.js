/* The information items of an entry as a sheet over one JSON field.
 *
 * Only the rows in sight are in the page: a thousand items are as quick as ten. One
 * text field lies over the chosen cell and has the focus at all times, so that Chinese
 * input methods begin in it; it becomes visible with the first character.
 *
 * data-module-columns: [{name, label, help, required, aliases, choices}]
 * data-module-words: the texts of the page.
 */
ckan.module("jiangmen-items", function ($) {
  "use strict";

  var KEYS = window.JiangmenItemKeys.KEYS;
  var COMMANDS = window.JiangmenItemKeys.COMMANDS;
  var ROW_PX = 34;
  var AROUND = 6; // rows drawn above and below those in sight
  var FOLLOWS = { is_key: "no", sensitivity: "none" }; // shown where a cell is empty
  var BUTTONS = [
    ["add", "insert", "remove"],
    ["up", "down", "fill"],
    ["undo", "redo"],
  ];

  return {
    options: { columns: [], words: {} },

    initialize: function () {
      this.field = this.el.find("textarea")[0];
      var rows;
      try {
        rows = JSON.parse(this.field.value || "[]");
      } catch (broken) {
        return; // The text stays editable as it is.
      }
      if (!Array.isArray(rows)) {
        return;
      }
      // A thousand items are too long for a urlencoded form.
      this.field.form.enctype = "multipart/form-data";
      this.field.hidden = true;
      this.list = new window.JiangmenItemRows(rows.map(texts));
      this.columns = this.options.columns;
      this.words = this.options.words;
      this.at = { row: 0, column: 0 };
      this.from = this.at;
      this.editing = false;
      this.wrong = {};
      this.note = "";
      this.build();
      this.draw();
      this.listen();
      this.changed();
      window.performance.mark("jiangmen-items-ready");
    },

    // The page

    build: function () {
      var words = this.words;
      this.bar = element("div", "jiangmen-items-bar");
      this.buttons = {};
      BUTTONS.forEach(function (group) {
        var together = element("div", "btn-group btn-group-sm");
        group.forEach(function (name) {
          var button = element("button", "btn btn-outline-primary", words[name]);
          button.type = "button";
          button.title = words[name + "_key"] || words[name];
          button.addEventListener("click", this.command.bind(this, name));
          this.buttons[name] = button;
          together.append(button);
        }, this);
        this.bar.append(together);
      }, this);
      this.count = element("span", "jiangmen-items-count");
      this.next = element("button", "btn btn-sm btn-outline-danger");
      this.next.type = "button";
      this.next.addEventListener("click", this.toNextWrong.bind(this));
      this.bar.append(this.count, this.next);

      this.holder = element("div", "jiangmen-grid");
      this.holder.setAttribute("role", "group");
      this.holder.setAttribute("aria-label", words.grid);
      var table = element("table", "jiangmen-items-editor");
      table.setAttribute("aria-rowcount", -1);
      var head = element("tr");
      head.append(element("th", "jiangmen-grid-number", words.number));
      this.columns.forEach(function (column) {
        var cell = element("th", column.required ? "required" : "", column.label);
        cell.scope = "col";
        cell.title = column.help || "";
        cell.dataset.column = column.name;
        head.append(cell);
      });
      var top = element("thead");
      top.append(head);
      this.heads = head.children;
      this.body = element("tbody");
      table.append(top, this.body);
      this.input = element("input", "jiangmen-grid-input");
      this.input.type = "text";
      this.input.autocomplete = "off";
      this.select = element("select", "jiangmen-grid-input jiangmen-grid-choice");
      this.select.hidden = true;
      this.holder.append(table, this.input, this.select);

      this.said = element("p", "jiangmen-grid-said");
      this.said.setAttribute("role", "status");
      var help = element("details", "jiangmen-grid-help");
      help.append(element("summary", "", words.keys_title));
      words.keys.forEach(function (line) {
        help.append(element("p", "", line));
      });
      this.el.append(this.bar, this.holder, this.said, help);
    },

    draw: function () {
      var rows = this.list.rows;
      var first = (this.first = this.firstDrawn());
      var high = this.holder.clientHeight || 12 * ROW_PX;
      var last = Math.min(rows.length, first + Math.ceil(high / ROW_PX) + 3 * AROUND);
      var body = document.createDocumentFragment();
      body.append(this.space(first));
      for (var row = first; row < last; row++) {
        body.append(this.line(rows[row], row));
      }
      body.append(this.space(rows.length - last));
      this.body.replaceChildren(body);
      this.holder.classList.toggle("jiangmen-grid-empty", !rows.length);
      this.lay();
    },

    /* The rows are drawn anew only where others have come in sight. */
    firstDrawn: function () {
      var step = Math.floor(this.holder.scrollTop / ROW_PX / AROUND);
      return Math.max(0, (step - 1) * AROUND);
    },

    /* Another cell is chosen, or the sheet was scrolled; its contents are the same. */
    refresh: function () {
      if (this.firstDrawn() !== this.first) {
        this.draw();
        return;
      }
      this.body.querySelectorAll("td.jiangmen-chosen").forEach(function (cell) {
        cell.classList.remove("jiangmen-chosen");
      });
      var range = this.range();
      this.body.querySelectorAll("tr[data-row]").forEach(function (line) {
        var row = Number(line.dataset.row);
        if (row >= range.top && row <= range.bottom) {
          for (var column = range.left; column <= range.right; column++) {
            line.children[column + 1].classList.add("jiangmen-chosen");
          }
        }
      });
      this.lay();
    },

    space: function (count) {
      var line = element("tr");
      line.setAttribute("aria-hidden", "true");
      var cell = element("td", "jiangmen-grid-space");
      cell.colSpan = this.columns.length + 1;
      cell.style.height = count * ROW_PX + "px";
      line.append(cell);
      line.hidden = !count;
      return line;
    },

    line: function (row, place) {
      var line = element("tr");
      line.dataset.row = place;
      line.setAttribute("aria-rowindex", place + 2);
      line.append(element("th", "jiangmen-grid-number", String(place + 1)));
      this.columns.forEach(function (column, number) {
        var value = row[column.name] || "";
        var follows = value ? "" : this.follows(row, column.name);
        var cell = element("td", follows ? "jiangmen-follows" : "", value || follows);
        cell.dataset.column = number;
        if (this.wrong[place + " " + column.name]) {
          cell.classList.add("jiangmen-wrong");
          cell.title = this.wrong[place + " " + column.name].join(" ");
          cell.setAttribute("aria-invalid", "true");
        } else {
          cell.title = value;
        }
        if (this.chosen(place, number)) {
          cell.classList.add("jiangmen-chosen");
        }
        line.append(cell);
      }, this);
      return line;
    },

    /* What an empty cell means. */
    follows: function (row, name) {
      if (!Object.keys(row).length) {
        return "";
      }
      if (name === "sharing_category") {
        var field = this.field.form.elements[name];
        return field ? field.value : "";
      }
      if (name === "column") {
        return row.name || "";
      }
      return FOLLOWS[name] ? this.words[FOLLOWS[name]] : "";
    },

    /* Lay the field over the chosen cell and say what is wrong there. */
    lay: function () {
      var head = this.heads[this.at.column + 1];
      var column = this.columns[this.at.column];
      var none = !this.list.rows.length;
      // An empty sheet has it too, at the first row to come: what is pasted needs it.
      this.input.hidden = !this.select.hidden;
      [this.input, this.select].forEach(function (over) {
        over.style.top = this.heads[0].offsetHeight + this.at.row * ROW_PX + "px";
        over.style.left = head.offsetLeft + "px";
        over.style.width = head.offsetWidth + "px";
      }, this);
      var told = this.wrong[this.at.row + " " + column.name] || [];
      var label = this.words.row
        .replace("{number}", this.at.row + 1)
        .replace("{label}", column.label);
      if (none) {
        this.input.setAttribute("aria-label", this.words.empty);
        this.said.textContent = this.words.empty;
      } else {
        var value = this.value();
        this.input.setAttribute("aria-label", label + (value ? "：" + value : ""));
        this.select.setAttribute("aria-label", label);
        this.said.textContent = told.length ? label + "：" + told.join(" ") : this.note;
      }
      this.said.classList.toggle("jiangmen-grid-wrong", told.length > 0);
      var wrong = Object.keys(this.wrong).length;
      this.count.textContent = this.words.count.replace("{count}", this.list.rows.length);
      this.next.textContent = this.words.wrong.replace("{count}", wrong);
      this.next.hidden = !wrong;
      this.buttons.undo.disabled = !this.list.done.length;
      this.buttons.redo.disabled = !this.list.undone.length;
    },

    // What happens to it

    listen: function () {
      var redraw = this.draw.bind(this);
      var refresh = this.refresh.bind(this);
      var waiting = 0;
      this.holder.addEventListener("scroll", function () {
        window.cancelAnimationFrame(waiting);
        waiting = window.requestAnimationFrame(refresh);
      });
      window.addEventListener("resize", redraw);
      this.body.addEventListener("mousedown", this.pressed.bind(this));
      this.holder.addEventListener("mouseup", function () {
        if (!this.list.rows.length) {
          this.input.focus({ preventScroll: true });
        }
      }.bind(this));
      this.body.addEventListener("mouseover", this.dragged.bind(this));
      this.body.addEventListener("dblclick", this.edit.bind(this));
      this.input.addEventListener("mousedown", this.keepsSelection.bind(this));
      this.input.addEventListener("dblclick", this.edit.bind(this));
      this.input.addEventListener("keydown", this.keyed.bind(this));
      this.input.addEventListener("input", this.typed.bind(this));
      this.input.addEventListener("compositionstart", this.typed.bind(this));
      this.input.addEventListener("blur", this.commit.bind(this));
      this.input.addEventListener("copy", this.copied.bind(this));
      this.input.addEventListener("cut", this.copied.bind(this));
      this.input.addEventListener("paste", this.pasted.bind(this));
      this.select.addEventListener("keydown", this.keyedInChoice.bind(this));
      this.select.addEventListener("change", this.commit.bind(this));
      this.select.addEventListener("blur", this.commit.bind(this));
      this.field.form.addEventListener("submit", this.commit.bind(this));
      this.el.on("jiangmen:problems", function (event, problems) {
        this.mark(problems);
      }.bind(this));
      $(this.field.form).on("change", '[name="sharing_category"]', redraw);
    },

    keyed: function (event) {
      var ctrl = event.ctrlKey || event.metaKey;
      if (event.isComposing) {
        return;
      }
      var key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      var name = (ctrl ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + key;
      if (this.editing) {
        if (event.key === "Escape") {
          this.stop();
        } else if (event.key === "Enter" || event.key === "Tab") {
          this.commit();
          this.keyed(event);
          return;
        } else if (event.key !== "ArrowUp" && event.key !== "ArrowDown") {
          return;
        } else {
          this.commit();
          this.go(event.key === "ArrowUp" ? -1 : 1, 0);
        }
        event.preventDefault();
        return;
      }
      if (event.key === "Tab" && this.leaves(event.shiftKey ? -1 : 1)) {
        return; // At either end the key leaves the sheet.
      }
      if (KEYS[name]) {
        event.preventDefault();
        KEYS[name].call(this, event);
      }
    },

    keyedInChoice: function (event) {
      if (event.key === "Escape") {
        this.stop();
      } else if (event.key === "Enter" || event.key === "Tab") {
        this.commit();
        this.keyed(event);
      } else {
        return;
      }
      event.preventDefault();
    },

    command: function (name) {
      this.commit();
      COMMANDS[name].call(this);
      this.input.focus({ preventScroll: true });
    },

    typed: function () {
      if (!this.editing) {
        this.editing = true;
        this.input.classList.add("jiangmen-editing");
      }
    },

    /* Open the chosen cell with its value: a list where it has choices. */
    edit: function () {
      var column = this.columns[this.at.column];
      var value = this.value();
      if (column.choices.length) {
        var known = column.choices.some(function (choice) {
          return choice.value === value;
        });
        this.select.replaceChildren(option("", ""));
        column.choices.forEach(function (choice) {
          this.select.append(option(choice.value, choice.label));
        }, this);
        if (value && !known) {
          this.select.append(option(value, value)); // Shown, for the rules to refuse.
        }
        this.select.value = value;
        this.select.hidden = false;
        this.lay();
        this.select.focus({ preventScroll: true });
        return;
      }
      this.input.value = value;
      this.typed();
      this.input.focus({ preventScroll: true });
      this.input.setSelectionRange(value.length, value.length);
    },

    commit: function () {
      if (!this.select.hidden) {
        var picked = this.select.value;
        var inside = document.activeElement === this.select;
        this.select.hidden = true;
        this.write(picked);
        if (inside) {
          this.input.focus({ preventScroll: true });
        }
      } else if (this.editing) {
        var text = this.input.value.trim();
        this.editing = false;
        this.write(this.completed(text));
      }
      this.stop();
    },

    /* A choice is typed by its beginning. */
    completed: function (text) {
      var fitting = this.columns[this.at.column].choices.filter(function (choice) {
        return text && choice.value.indexOf(text) === 0;
      });
      return fitting.length === 1 ? fitting[0].value : text;
    },

    stop: function () {
      var inside = document.activeElement === this.select;
      this.editing = false;
      this.select.hidden = true;
      this.input.value = "";
      this.input.classList.remove("jiangmen-editing");
      this.lay();
      if (inside) {
        this.input.focus({ preventScroll: true });
      }
    },

    write: function (value) {
      if (value !== this.value()) {
        var name = this.columns[this.at.column].name;
        this.list.set([{ row: this.at.row, name: name, value: value }]);
        this.changed();
      }
    },

    value: function () {
      var row = this.list.rows[this.at.row] || {};
      return row[this.columns[this.at.column].name] || "";
    },

    // The choice of cells

    go: function (rows, columns, extend) {
      var last = this.list.rows.length - 1;
      this.choose(
        Math.max(0, Math.min(last, this.at.row + rows)),
        Math.max(0, Math.min(this.columns.length - 1, this.at.column + columns)),
        extend
      );
    },

    choose: function (row, column, extend) {
      this.note = "";
      this.at = { row: Math.max(0, row), column: column };
      if (!extend) {
        this.from = this.at;
      }
      var high = this.holder.clientHeight - this.heads[0].offsetHeight;
      var top = this.at.row * ROW_PX;
      if (top < this.holder.scrollTop) {
        this.holder.scrollTop = top;
      } else if (top + ROW_PX > this.holder.scrollTop + high) {
        this.holder.scrollTop = top + ROW_PX - high;
      }
      var head = this.heads[column + 1];
      var fixed = this.heads[0].offsetWidth;
      var right = head.offsetLeft + head.offsetWidth - this.holder.clientWidth;
      if (head.offsetLeft - fixed < this.holder.scrollLeft) {
        this.holder.scrollLeft = head.offsetLeft - fixed;
      } else if (right > this.holder.scrollLeft) {
        this.holder.scrollLeft = right;
      }
      this.refresh();
    },

    range: function () {
      return {
        top: Math.min(this.at.row, this.from.row),
        bottom: Math.max(this.at.row, this.from.row),
        left: Math.min(this.at.column, this.from.column),
        right: Math.max(this.at.column, this.from.column),
      };
    },

    chosen: function (row, column) {
      var range = this.range();
      return (
        row >= range.top && row <= range.bottom &&
        column >= range.left && column <= range.right
      );
    },

    /* Whether a step from the chosen cell ends before the first or after the last. */
    leaves: function (step) {
      var wide = this.columns.length;
      var place = this.at.row * wide + this.at.column + step;
      return place < 0 || place >= this.list.rows.length * wide;
    },

    pressed: function (event) {
      var cell = event.target.closest("td[data-column], th");
      var line = event.target.closest("tr[data-row]");
      if (!cell || !line) {
        return;
      }
      event.preventDefault();
      this.commit();
      var row = Number(line.dataset.row);
      if (cell.tagName === "TH") {
        this.choose(row, 0, event.shiftKey);
        this.from = {
          row: event.shiftKey ? this.from.row : row,
          column: this.columns.length - 1,
        };
        this.refresh();
      } else {
        this.choose(row, Number(cell.dataset.column), event.shiftKey);
      }
      this.input.focus({ preventScroll: true });
    },

    dragged: function (event) {
      var cell = event.target.closest("td[data-column]");
      if (event.buttons !== 1 || !cell || this.editing) {
        return;
      }
      this.choose(
        Number(cell.parentNode.dataset.row), Number(cell.dataset.column), true
      );
    },

    keepsSelection: function (event) {
      if (!this.editing && event.shiftKey) {
        event.preventDefault();
      }
    },

    // Many cells at once

    clear: function () {
      this.fill(function () {
        return "";
      });
    },

    fill: function (value) {
      var range = this.range();
      var changes = [];
      for (var row = range.top; row <= range.bottom; row++) {
        for (var column = range.left; column <= range.right; column++) {
          var name = this.columns[column].name;
          changes.push({ row: row, name: name, value: value(name, row) });
        }
      }
      var written = changes.some(function (change) {
        return change.value;
      });
      if (this.list.rows.length || written) {
        this.list.set(changes);
        this.changed();
      }
    },

    copied: function (event) {
      if (this.editing) {
        return;
      }
      event.preventDefault();
      var range = this.range();
      var names = this.columns.slice(range.left, range.right + 1);
      var table = this.list.rows.slice(range.top, range.bottom + 1).map(function (row) {
        return names.map(function (column) {
          return row[column.name] || "";
        });
      });
      event.clipboardData.setData("text/plain", window.JiangmenItemRows.write(table));
      if (event.type === "cut") {
        this.clear();
      }
    },

    pasted: function (event) {
      var text = event.clipboardData.getData("text/plain");
      if (this.editing && !/[\t\n]/.test(text)) {
        return;
      }
      event.preventDefault();
      this.stop();
      this.paste(window.JiangmenItemRows.parse(text));
    },

    paste: function (table) {
      if (!table.length) {
        return;
      }
      var range = this.range();
      var into = window.JiangmenItemRows.place(table, this.columns, range.left);
      var body = into.body;
      if (body.length === 1 && body[0].length === 1 && into.body === table) {
        var one = body[0][0];
        this.fill(function () {
          return one;
        });
        return;
      }
      var changes = [];
      body.forEach(function (cells, row) {
        cells.forEach(function (value, column) {
          if (into.names[column]) {
            changes.push({
              row: range.top + row, name: into.names[column], value: value,
            });
          }
        });
      });
      this.list.set(changes);
      this.changed();
      this.choose(range.top, range.left);
      var told = this.words.pasted.replace("{count}", body.length);
      if (into.unknown.length) {
        told += this.words.unknown.replace("{columns}", into.unknown.join("、"));
      }
      this.note = told;
      this.lay();
    },

    // What others hear

    changed: function () {
      var filled = this.list.filled();
      this.places = filled.places;
      this.field.value = JSON.stringify(filled.rows);
      this.wrong = {}; // Told again by the next check.
      this.draw();
      var edited = this.list.done.length + this.list.undone.length > 0;
      $(this.field).trigger("jiangmen:items", [filled.rows, edited]);
    },

    /* problems: [{item, item_field, message}] of the rows that were sent. */
    mark: function (problems) {
      this.wrong = {};
      problems.forEach(function (problem) {
        var key = this.places[problem.item] + " " + problem.item_field;
        (this.wrong[key] = this.wrong[key] || []).push(problem.message);
      }, this);
      if (!this.editing && this.select.hidden) {
        this.draw();
      }
    },

    toNextWrong: function () {
      var names = this.columns.map(function (column) {
        return column.name;
      });
      var wide = names.length;
      var here = this.at.row * wide + this.at.column;
      var places = Object.keys(this.wrong)
        .map(function (key) {
          var parts = key.split(" ");
          return Number(parts[0]) * wide + Math.max(0, names.indexOf(parts[1]));
        })
        .sort(function (one, other) {
          return one - other;
        });
      var next = places.filter(function (place) {
        return place > here;
      })[0];
      next = next === undefined ? places[0] : next;
      this.choose(Math.floor(next / wide), next % wide);
      this.input.focus({ preventScroll: true });
      this.said.scrollIntoView({ block: "nearest" }); // What is wrong stands there.
    },
  };

  function texts(row) {
    var made = {};
    Object.keys(row).forEach(function (name) {
      if (row[name] !== null && row[name] !== "") {
        made[name] = String(row[name]);
      }
    });
    return made;
  }

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

  function option(value, text) {
    var made = element("option", "", text);
    made.value = value;
    return made;
  }
});
