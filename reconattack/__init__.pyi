"""For editors: the names that `__getattr__` hands on from `reconattack.api`."""

from reconattack.api import AttackResult as AttackResult
from reconattack.api import Box as Box
from reconattack.api import InputError as InputError
from reconattack.api import Model as Model
from reconattack.api import attack as attack
from reconattack.api import box as box
from reconattack.api import methods as methods
from reconattack.api import open_frame as open_frame
from reconattack.api import open_frames as open_frames
from reconattack.api import open_model as open_model
from reconattack.api import paper_attack as paper_attack
from reconattack.api import paper_box as paper_box
from reconattack.api import paper_setting as paper_setting
from reconattack.api import read_frame as read_frame
from reconattack.api import read_picture as read_picture
from reconattack.api import reconstruct as reconstruct
from reconattack.api import reference_level as reference_level
from reconattack.api import scanner as scanner
from reconattack.api import setting as setting
from reconattack.api import simulate_frame as simulate_frame
from reconattack.api import small_change_box as small_change_box
from reconattack.figures import plot as plot

__version__: str
