"""An independent, deliberately dumb reading of the dfqueue planning contract."""
