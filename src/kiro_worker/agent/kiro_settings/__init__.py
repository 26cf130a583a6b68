"""What Kiro is told that it may do, in the files and the flag by which it takes that.

Kiro asks before it acts only where somebody answers. Where nobody does, these files are the policy's only word before
the deed; everywhere they are its second word, and the look at the diff is the last.
"""

from kiro_worker.agent.kiro_settings.fence import Fence
from kiro_worker.agent.kiro_settings.files import settings_files
from kiro_worker.agent.kiro_settings.shape import KeyUnknown

__all__ = ["Fence", "KeyUnknown", "settings_files"]
