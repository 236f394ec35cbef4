/* Links 类, 项, 目 and 细目: each offers what the lists know below the one before it.
 *
 * data-module-tree: [{code, name, below: [the same]}]; on the field of 类.
 */
ckan.module("jiangmen-class", function ($) {
  "use strict";

  var FIELDS = ["class_lei", "class_xiang", "class_mu", "class_ximu"];

  return {
    options: { tree: [] },

    initialize: function () {
      var form = this.el.closest("form");
      this.fields = FIELDS.map(function (name) {
        return form.find('[name="' + name + '"]')[0];
      });
      if (this.fields.indexOf(undefined) !== -1) {
        return;
      }
      this.path = $('<p class="jiangmen-class-path" role="status"></p>');
      $(this.fields[3]).closest(".jiangmen-field").after(this.path);
      this.fields.forEach(function (field, level) {
        $(field).on("change input", this.chosen.bind(this, level));
      }, this);
      this.offer();
    },

    /* Another class was chosen: what stood below the former one does not fit. */
    chosen: function (level, event) {
      if (event.type === "change") {
        var below = this.branch(level + 1);
        this.fields.slice(level + 1).forEach(function (field, step) {
          var fits = step === 0 && below.some(function (row) {
            return row.code === field.value;
          });
          if (!fits && level < 2) {
            field.value = "";
          }
        });
      }
      this.offer();
    },

    offer: function () {
      var names = [];
      this.fields.forEach(function (field, level) {
        var rows = this.branch(level);
        if (field.tagName === "SELECT") {
          fill(field, rows);
        } else {
          document.getElementById("list-" + FIELDS[level]).replaceChildren.apply(
            document.getElementById("list-" + FIELDS[level]), rows.map(option)
          );
        }
        rows.forEach(function (row) {
          if (row.code === field.value) {
            names.push(row.name);
          }
        });
      }, this);
      this.path.text(names.join(" › "));
    },

    /* What the lists know at a level, below what is chosen above it. */
    branch: function (level) {
      var rows = this.options.tree;
      for (var above = 0; above < level; above++) {
        var code = this.fields[above].value;
        var found = rows.filter(function (row) {
          return row.code === code;
        })[0];
        rows = found ? found.below : [];
      }
      return rows;
    },
  };

  function fill(select, rows) {
    var value = select.value;
    var known = rows.some(function (row) {
      return row.code === value;
    });
    var made = [option({ code: "", name: "" })].concat(rows.map(option));
    if (value && !known) {
      made.push(option({ code: value, name: "" })); // For the rules to refuse.
    }
    select.replaceChildren.apply(select, made);
    select.value = value;
  }

  function option(row) {
    var made = document.createElement("option");
    made.value = row.code;
    made.textContent = (row.code + " " + row.name).trim();
    return made;
  }
});
