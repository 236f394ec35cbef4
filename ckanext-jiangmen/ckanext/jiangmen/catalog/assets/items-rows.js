/* The rows of the items' grid: what can be done to them, and undone.
 *
 * A row is an object {field: text} and never changed: a change makes another row and
 * another list, so that undo is the list as it was.
 */
(function (window) {
  "use strict";

  var KEPT_STEPS = 200;

  function ItemRows(rows) {
    this.rows = rows;
    this.done = [];
    this.undone = [];
  }

  ItemRows.prototype.put = function (rows) {
    this.done.push(this.rows);
    if (this.done.length > KEPT_STEPS) {
      this.done.shift();
    }
    this.undone = [];
    this.rows = rows;
  };

  ItemRows.prototype.undo = function () {
    return this.step(this.done, this.undone);
  };

  ItemRows.prototype.redo = function () {
    return this.step(this.undone, this.done);
  };

  ItemRows.prototype.step = function (from, to) {
    if (!from.length) {
      return false;
    }
    to.push(this.rows);
    this.rows = from.pop();
    return true;
  };

  /* changes: [{row, name, value}]; rows that are missing are made. */
  ItemRows.prototype.set = function (changes) {
    var rows = this.rows.slice();
    var fresh = {};
    changes.forEach(function (change) {
      while (rows.length <= change.row) {
        rows.push({});
      }
      if (!fresh[change.row]) {
        rows[change.row] = Object.assign({}, rows[change.row]);
        fresh[change.row] = true;
      }
      if (change.value === "") {
        delete rows[change.row][change.name];
      } else {
        rows[change.row][change.name] = change.value;
      }
    });
    this.put(rows);
  };

  ItemRows.prototype.insert = function (place, count) {
    var rows = this.rows.slice();
    for (var number = 0; number < count; number++) {
      rows.splice(place, 0, {});
    }
    this.put(rows);
  };

  ItemRows.prototype.remove = function (first, last) {
    var rows = this.rows.slice();
    rows.splice(first, last - first + 1);
    this.put(rows);
  };

  /* Move the rows from first to last by one place; false at the edge. */
  ItemRows.prototype.move = function (first, last, step) {
    if (first + step < 0 || last + step >= this.rows.length) {
      return false;
    }
    var rows = this.rows.slice();
    var block = rows.splice(first, last - first + 1);
    rows.splice.apply(rows, [first + step, 0].concat(block));
    this.put(rows);
    return true;
  };

  /* The rows that hold something, and the place of each. */
  ItemRows.prototype.filled = function () {
    var found = { rows: [], places: [] };
    this.rows.forEach(function (row, place) {
      if (Object.keys(row).length) {
        found.rows.push(row);
        found.places.push(place);
      }
    });
    return found;
  };

  /* A table as Excel and WPS put it on the clipboard: cells by tab, quoted where they
   * hold a line break. */
  ItemRows.parse = function (text) {
    var table = [[""]];
    var quoted = false;
    var last = function () {
      return table[table.length - 1];
    };
    var add = function (character) {
      last()[last().length - 1] += character;
    };
    for (var place = 0; place < text.length; place++) {
      var character = text[place];
      if (quoted) {
        if (character === '"' && text[place + 1] === '"') {
          add('"');
          place++;
        } else if (character === '"') {
          quoted = false;
        } else {
          add(character);
        }
      } else if (character === '"' && last()[last().length - 1] === "") {
        quoted = true;
      } else if (character === "\t") {
        last().push("");
      } else if (character === "\n") {
        table.push([""]);
      } else if (character !== "\r") {
        add(character);
      }
    }
    if (quoted && text.indexOf("\t") === -1) {
      return [[text.trim()]]; // An inch sign, no quoted cell.
    }
    return table
      .map(function (cells) {
        return cells.map(clean);
      })
      .filter(function (cells, place) {
        return place < table.length - 1 || cells.join("") !== "";
      });
  };

  ItemRows.write = function (table) {
    return table
      .map(function (cells) {
        return cells
          .map(function (cell) {
            return /["\t\n]/.test(cell) ? '"' + cell.replace(/"/g, '""') + '"' : cell;
          })
          .join("\t");
      })
      .join("\n");
  };

  /* Where a pasted table goes: {names, body, unknown}. names[i] is the field of its
   * column i. A heading row is one in which 信息项名称 or two others are found. */
  ItemRows.place = function (table, columns, first) {
    var headings = table[0].map(function (cell) {
      return named(cell, columns);
    });
    var found = headings.filter(Boolean);
    if (found.length >= 2 || (found.length === 1 && found[0] === columns[0].name)) {
      return {
        names: headings,
        body: table.slice(1),
        unknown: table[0].filter(function (cell, place) {
          return cell && !headings[place];
        }),
      };
    }
    return {
      names: table[0].map(function (_cell, place) {
        return columns[first + place] ? columns[first + place].name : "";
      }),
      body: table,
      unknown: [],
    };
  };

  function named(cell, columns) {
    var wanted = cell.replace(/[\s*＊]/g, "");
    var found = columns.filter(function (column) {
      return [column.label, column.name].concat(column.aliases).indexOf(wanted) !== -1;
    })[0];
    return wanted && found ? found.name : "";
  }

  function clean(cell) {
    return cell.replace(/[\u00a0\u3000]/g, " ").replace(/\s*\n\s*/g, " ").trim();
  }

  window.JiangmenItemRows = ItemRows;
})(window);
