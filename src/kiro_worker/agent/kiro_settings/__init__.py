"""What Kiro is told that it may do, in the files and the flag by which it takes that.

Kiro asks before it acts only where somebody answers. Where nobody does, these files are the policy's only word before
the deed; everywhere they are its second word, and the look at the diff is the last.
"""
