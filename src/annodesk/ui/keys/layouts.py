"""What stands on the keys of the world's keyboards: one sign per position, plain and with Shift."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from annodesk.ui.keys.positions import ROWS

_POSITIONS = "".join(ROWS)


class Layout(Struct, frozen=True, dict=True):
    """One national layout.

    Parameters
    ----------
    name : language code, what settings keep
    title : what a person calls it
    plain, shifted : four rows, one sign per position of `ROWS`, parted by spaces
    taken : positions that the system keeps for itself
    """

    name: str
    title: str
    plain: str
    shifted: str
    taken: frozenset[str] = frozenset()

    @cached_property
    def signs(self) -> dict[str, tuple[str, str]]:
        """What each position types, alone and with Shift."""
        pairs = zip(_POSITIONS, self.plain.split(), self.shifted.split(), strict=True)
        return {position: (plain, shift) for position, plain, shift in pairs}

    @property
    def is_latin(self) -> bool:
        """Whether its letters are those that shortcuts name."""
        return any(plain == "a" for plain, _ in self.signs.values())

    def legend(self, position: str) -> str:
        """What stands on a key."""
        plain = self.signs[position][0] if position in self.signs else position
        return plain.upper() if len(plain.upper()) == len(plain) else plain

    def letter_at(self, letter: str) -> str:
        """The position that types a letter; its own where the layout has no such letter."""
        found = [position for position, (plain, _) in self.signs.items() if plain.upper() == letter]
        return found[0] if found else letter


LAYOUTS = (
    Layout(
        "us", "US English",
        "` 1 2 3 4 5 6 7 8 9 0 - =  q w e r t y u i o p [ ] \\  a s d f g h j k l ; '  z x c v b n m , . /",
        "~ ! @ # $ % ^ & * ( ) _ +  Q W E R T Y U I O P { } |   A S D F G H J K L : \"  Z X C V B N M < > ?",
    ),
    Layout(
        "de", "German",
        "^ 1 2 3 4 5 6 7 8 9 0 ß ´  q w e r t z u i o p ü + #  a s d f g h j k l ö ä  y x c v b n m , . -",
        "° ! \" § $ % & / ( ) = ? `  Q W E R T Z U I O P Ü * '  A S D F G H J K L Ö Ä  Y X C V B N M ; : _",
    ),
    Layout(
        "fr", "French",
        "² & é \" ' ( - è _ ç à ) =  a z e r t y u i o p ^ $ *  q s d f g h j k l m ù  w x c v b n , ; : !",
        "~ 1 2 3 4 5 6 7 8 9 0 ° +  A Z E R T Y U I O P ¨ £ µ  Q S D F G H J K L M %  W X C V B N ? . / §",
    ),
    Layout(
        "es", "Spanish",
        "º 1 2 3 4 5 6 7 8 9 0 ' ¡  q w e r t y u i o p ` + ç  a s d f g h j k l ñ ´  z x c v b n m , . -",
        "ª ! \" · $ % & / ( ) = ? ¿  Q W E R T Y U I O P ^ * Ç  A S D F G H J K L Ñ ¨  Z X C V B N M ; : _",
    ),
    Layout(
        "sv", "Swedish",
        "§ 1 2 3 4 5 6 7 8 9 0 + ´  q w e r t y u i o p å ¨ '  a s d f g h j k l ö ä  z x c v b n m , . -",
        "½ ! \" # ¤ % & / ( ) = ? `  Q W E R T Y U I O P Å ^ *  A S D F G H J K L Ö Ä  Z X C V B N M ; : _",
    ),
    Layout(
        "ja", "Japanese",
        "半 1 2 3 4 5 6 7 8 9 0 - ^  q w e r t y u i o p @ [ ]  a s d f g h j k l ; :  z x c v b n m , . /",
        "半 ! \" # $ % & ' ( ) 0 = ~  Q W E R T Y U I O P ` { }  A S D F G H J K L + *  Z X C V B N M < > ?",
        taken=frozenset("`"),  # switches the input method
    ),
    Layout(
        "ar", "Arabic",
        "ذ 1 2 3 4 5 6 7 8 9 0 - =  ض ص ث ق ف غ ع ه خ ح ج د \\  ش س ي ب ل ا ت ن م ك ط  ئ ء ؤ ر لا ى ة و ز ظ",
        "ّ ! @ # $ % ^ & * ( ) _ +  َ ً ُ ٌ لإ إ ` ÷ × ؛ < > |  ِ ٍ ] [ لأ أ ـ ، / : \"  ~ ْ } { لآ آ ' , . ؟",
    ),
)  # fmt: skip
US = LAYOUTS[0]
BY_NAME = {layout.name: layout for layout in LAYOUTS}


def best_fit(learned: dict[str, str], told: str) -> Layout | None:
    """The layout that explains every sign seen on a key; the one the system told of where several do, None for none.

    Parameters
    ----------
    learned : sign by position, as a key typed it without Shift
    told : name of the layout that is likely
    """
    fitting = [one for one in LAYOUTS if all(one.legend(p) == sign for p, sign in learned.items())]
    return next((one for one in fitting if one.name == told), fitting[0] if fitting else None)
