"""The dialogue's actions and who may call them."""
