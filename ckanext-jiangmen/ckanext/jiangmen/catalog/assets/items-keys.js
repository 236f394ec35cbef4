/* What keys and buttons do in the items' grid; `this` is the grid. */
(function (window) {
  "use strict";

  var PAGE_ROWS = 10;

  function goes(rows, columns) {
    return function (event) {
      this.go(rows, columns, event.shiftKey && event.key !== "Tab");
    };
  }

  var COMMANDS = {
    add: function () {
      var last = this.list.rows.length;
      this.list.insert(last, 1);
      this.changed();
      this.choose(last, 0);
    },
    insert: function () {
      var range = this.range();
      this.list.insert(range.top, range.bottom - range.top + 1);
      this.changed();
      this.choose(range.top, this.at.column);
    },
    remove: function () {
      var range = this.range();
      if (this.list.rows.length) {
        this.list.remove(range.top, range.bottom);
        this.changed();
        var last = Math.max(0, this.list.rows.length - 1);
        var column = this.list.rows.length ? this.at.column : 0;
        this.choose(Math.min(range.top, last), column);
      }
    },
    up: function () {
      moves.call(this, -1);
    },
    down: function () {
      moves.call(this, 1);
    },
    /* The first row of what is chosen goes into the rows below it. */
    fill: function () {
      var first = this.list.rows[this.range().top] || {};
      this.fill(function (name) {
        return first[name] || "";
      });
    },
    undo: function () {
      returns.call(this, this.list.undo());
    },
    redo: function () {
      returns.call(this, this.list.redo());
    },
  };

  function moves(step) {
    var range = this.range();
    if (this.list.rows.length && this.list.move(range.top, range.bottom, step)) {
      this.from = { row: this.from.row + step, column: this.from.column };
      this.changed();
      this.choose(this.at.row + step, this.at.column, true);
    }
  }

  function returns(done) {
    if (done) {
      this.changed();
      var last = Math.max(0, this.list.rows.length - 1);
      this.choose(Math.min(this.at.row, last), this.at.column);
    }
  }

  /* Down by one; below the last row another one begins. */
  function enter(event) {
    if (!event.shiftKey && this.at.row >= this.list.rows.length - 1) {
      COMMANDS.add.call(this);
    } else {
      this.go(event.shiftKey ? -1 : 1, 0);
    }
  }

  function tab(event) {
    var step = event.shiftKey ? -1 : 1;
    var column = this.at.column + step;
    if (column < 0 || column === this.columns.length) {
      this.choose(this.at.row + step, column < 0 ? this.columns.length - 1 : 0);
    } else {
      this.go(0, step);
    }
  }

  var KEYS = {
    ArrowUp: goes(-1, 0),
    ArrowDown: goes(1, 0),
    ArrowLeft: goes(0, -1),
    ArrowRight: goes(0, 1),
    PageUp: goes(-PAGE_ROWS, 0),
    PageDown: goes(PAGE_ROWS, 0),
    Home: goes(0, -Infinity),
    End: goes(0, Infinity),
    "Ctrl+Home": goes(-Infinity, -Infinity),
    "Ctrl+End": goes(Infinity, Infinity),
    Enter: enter,
    Tab: tab,
    F2: function () {
      this.edit();
    },
    Delete: function () {
      this.clear();
    },
    Backspace: function () {
      this.clear();
    },
    "Ctrl+a": function () {
      this.from = { row: 0, column: 0 };
      this.at = {
        row: Math.max(0, this.list.rows.length - 1), column: this.columns.length - 1,
      };
      this.draw();
    },
    "Ctrl+z": COMMANDS.undo,
    "Ctrl+y": COMMANDS.redo,
    "Ctrl+d": COMMANDS.fill,
    "Alt+ArrowUp": COMMANDS.up,
    "Alt+ArrowDown": COMMANDS.down,
    "Alt+Insert": COMMANDS.insert,
    "Alt+Delete": COMMANDS.remove,
    "Alt+Enter": COMMANDS.add,
  };

  window.JiangmenItemKeys = { KEYS: KEYS, COMMANDS: COMMANDS };
})(window);
