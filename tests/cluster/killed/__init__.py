"""Our own process killed (-9), at each step and at any time: what is there then, and that the next
run converges.

The steps are seen from a proxy: a request is there before it reaches the node, or carried out
before its answer reaches us.
"""
