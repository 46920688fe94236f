"""Declares two operators of torchvision, so that the package imports beside a torch for CPUs.

Its compiled operators do not load there. Its losses, and those of the packages that import it, are
plain Python and need none of them; the package only wants them declared.
"""

from __future__ import annotations

import torch

_LIBRARY = torch.library.Library("torchvision", "FRAGMENT")
for _name in ("nms", "qnms"):
    if not hasattr(torch.ops.torchvision, _name):
        _LIBRARY.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
