"""What is drawn: plots and the network as SVG, and both in plain characters."""
