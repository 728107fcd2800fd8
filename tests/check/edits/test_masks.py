"""Masks that pick what they should leave, and the other way round."""

import pytest

from backproof.check.edits import Editor, edits_of

LAYER = """class Relu:
    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[{}] = 0
        return dout
"""


@pytest.mark.parametrize(
    ("written", "meant"),
    [("~self.mask", "self.mask"), ("np.logical_not(self.mask)", "self.mask"), ("self.mask", "~self.mask")],
)
def test_the_other_mask_is_tried(written: str, meant: str) -> None:
    text = LAYER.format(written)
    editor = Editor(text)
    statement = editor.statement_at(9)
    assert statement is not None
    made = {edit.apply(text): edit for edit in edits_of(editor, statement)}
    assert made[LAYER.format(meant)].kind == "comparison"


def test_what_no_comparison_gives_is_no_mask() -> None:
    text = LAYER.format("self.mask").replace("(x <= 0)", "rows")
    editor = Editor(text)
    statement = editor.statement_at(9)
    assert statement is not None
    assert not any("~" in edit.text for edit in edits_of(editor, statement))
