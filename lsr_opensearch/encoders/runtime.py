"""What runs the networks, kept from talking.

Since 1.32 onnxruntime writes a device id and a log of events into the user's cache folder, to be
sent to its makers. What this library does stays on the machine. The variable is looked at once,
when onnxruntime is imported.
"""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

__all__ = ["onnxruntime"]
