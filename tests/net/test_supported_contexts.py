"""Which presentation contexts a server accepts, and in which roles."""

from __future__ import annotations

from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    MRImageStorage,
)

from dcmtools.net.contexts import Proposal
from dcmtools.net.models import InformationModel
from dcmtools.net.supported_contexts import SupportedContexts
from dcmtools.net.transfer_syntaxes import acceptable

CT, MR = str(CTImageStorage), str(MRImageStorage)
FIND, MOVE, GET = InformationModel.STUDY_ROOT.sop_classes
COMPRESSED = Proposal(CT, (str(JPEG2000Lossless), str(ExplicitVRLittleEndian))).context()


def _by_class(contexts):
    return {str(context.abstract_syntax): context for context in contexts}


def test_a_server_of_c_get_can_send_what_it_stores():
    contexts = _by_class(SupportedContexts([CT, GET], acceptable()).contexts)
    assert contexts[CT].scu_role
    assert contexts[CT].scp_role
    assert contexts[GET].scu_role is None


def test_a_server_without_c_get_has_the_default_roles():
    contexts = _by_class(SupportedContexts([CT, FIND], acceptable()).contexts)
    assert contexts[CT].scu_role is None


def test_queries_are_not_compressed():
    contexts = _by_class(SupportedContexts([CT, FIND, MOVE, GET], acceptable()).contexts)
    assert len(contexts[FIND].transfer_syntax) == len(contexts[GET].transfer_syntax) == 4
    assert JPEG2000Lossless in contexts[CT].transfer_syntax


def test_our_own_order_is_that_of_what_is_stored():
    supported = SupportedContexts([CT, GET], acceptable())
    assert _by_class(supported.fitted([COMPRESSED]))[CT].transfer_syntax[0] == ExplicitVRLittleEndian


def test_a_receiver_chooses_the_transfer_syntax():
    supported = SupportedContexts([CT, MR, GET], acceptable())
    fitted = _by_class(supported.fitted([COMPRESSED], receiving={CT}))
    assert fitted[CT].transfer_syntax[0] == JPEG2000Lossless
    assert fitted[CT].scu_role
    assert fitted[MR].transfer_syntax[0] == ExplicitVRLittleEndian
    assert supported.contexts[0].transfer_syntax[0] == ExplicitVRLittleEndian


def test_unknown_sop_classes_are_taken_in_where_they_are_to_be():
    unknown = Proposal("1.2.3.4", (str(ImplicitVRLittleEndian),)).context()
    strict, lenient = (
        SupportedContexts([CT, GET], acceptable(), any_sop_class=flag) for flag in (False, True)
    )
    assert "1.2.3.4" not in _by_class(strict.fitted([unknown]))
    assert _by_class(lenient.fitted([unknown]))["1.2.3.4"].scu_role
