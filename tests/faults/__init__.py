"""What stands in for clusters that fail: a small cluster with faults by plan, and a TCP proxy.

They are doubles of what other people run, never of our own code. A test that can have a real node
for its fault (``tests/cluster``) uses that; these are for faults that come in every order, fast.
"""
