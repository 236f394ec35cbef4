"""全程留痕: who read, exported and changed what, in a sealed chain."""
