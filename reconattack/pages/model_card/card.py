"""The contents of a model card: what the configuration states, and what the run found.

The order and the names of the elements are those of the Applied Model Card of the Coalition for
Health AI, version 0.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reconattack.pages.model_card.facts import FACTS, AuditedRun, Found, name_of

NOT_STATED = "not stated"


@dataclass(frozen=True)
class Field:
    """A field of the card.

    Attributes
    ----------
    element, heading
        Its element in XML, and its heading on the page.
    key
        The key of `card` in the configuration that states it, and the fact of the run that it
        shows.
    item
        The element of each of its items; None for a text.
    """

    element: str
    heading: str
    key: str
    item: str | None = None


@dataclass(frozen=True)
class Group:
    """Fields or groups under one element; `fields` and `groups` stand in this order."""

    element: str
    heading: str
    fields: tuple[Field, ...] = ()
    groups: tuple["Group", ...] = ()


GROUPS = (
    Group(
        "BasicInfo",
        "Basic information",
        (
            Field("ModelName", "Name", "name"),
            Field("ModelDeveloper", "Developer", "developer"),
            Field("DeveloperContact", "Contact", "contact"),
        ),
    ),
    Group(
        "ReleaseInfo",
        "Release",
        (
            Field("ReleaseStage", "Stage", "stage"),
            Field("ReleaseDate", "Date", "date"),
            Field("ReleaseVersion", "Version", "version"),
            Field("GlobalAvailability", "Availability", "availability"),
            Field("EHRCompatibility", "Health records", "health_records", "EHR"),
            Field("RegulatoryApproval", "Regulatory approval", "approval"),
        ),
    ),
    Group(
        "ModelSummary",
        "Summary",
        (
            Field("Summary", "Summary", "summary"),
            Field("Keywords", "Keywords", "keywords", "Keyword"),
        ),
    ),
    Group(
        "UsesAndDirections",
        "Uses and directions",
        (
            Field("IntendedUseAndWorkflow", "Intended use and workflow", "intended_use"),
            Field("PrimaryIntendedUsers", "Intended users", "users"),
            Field("HowToUse", "How to use it", "how_to_use"),
            Field("TargetedPatientPopulation", "Patients", "population"),
            Field("CautionedOutOfScopeSettings", "Out of scope", "out_of_scope"),
        ),
    ),
    Group(
        "Warnings",
        "Warnings",
        (
            Field("KnownRisksAndLimitations", "Risks and limitations", "risks"),
            Field("KnownBiasesOrEthicalConsiderations", "Biases and ethics", "biases"),
            Field("ClinicalRiskLevel", "Clinical risk level", "risk_level"),
        ),
    ),
    Group(
        "TrustIngredients",
        "Trust ingredients",
        groups=(
            Group(
                "AISystemFacts",
                "Facts of the system",
                (
                    Field("OutcomesAndOutputs", "Outcomes and outputs", "outputs"),
                    Field("ModelType", "Type of the model", "model_type"),
                    Field("FoundationModels", "Foundation models", "foundation_models"),
                    Field("InputDataSource", "Source of the input", "input_source"),
                    Field("OutputAndInputDataTypes", "Data types", "data_types"),
                    Field("DevelopmentDataCharacterization", "Development", "development_data"),
                    Field("BiasMitigationApproaches", "Bias mitigation", "bias_mitigation"),
                    Field("OngoingMaintenance", "Maintenance", "maintenance"),
                    Field("Security", "Security", "security"),
                    Field("Transparency", "Transparency", "transparency"),
                ),
            ),
            Group(
                "TransparencyInformation",
                "Transparency",
                (
                    Field("FundingSource", "Funding", "funding"),
                    Field("ThirdPartyInformation", "Third parties", "third_parties"),
                    Field("StakeholdersConsulted", "Stakeholders consulted", "stakeholders"),
                ),
            ),
        ),
    ),
)
RESOURCES = Group(
    "Resources",
    "Resources",
    (
        Field("EvaluationReferences", "Evaluations", "evaluations"),
        Field("ClinicalTrial", "Clinical trial", "clinical_trial"),
        Field("PeerReviewedPublications", "Publications", "publications"),
        Field("ReimbursementStatus", "Reimbursement", "reimbursement"),
        Field("PatientConsentOrDisclosure", "Consent or disclosure", "consent"),
    ),
)
BIBLIOGRAPHY = Field("Bibliography", "Bibliography", "bibliography")


def entry(field: Field, run: AuditedRun) -> tuple[list[str], list[Found]]:
    """What is stated of a field, and what the run found; both empty if it is not stated."""
    stated = name_of(run) if field.key == "name" else run.stated.get(field.key, [])
    found = FACTS[field.key](run) if field.key in FACTS else []
    return [stated] if isinstance(stated, str) else [*stated], found


def keys(groups: Sequence[Group] = (*GROUPS, RESOURCES)) -> list[str]:
    """The keys of `card` that the fields of some groups show."""
    return [
        key
        for group in groups
        for key in (*(field.key for field in group.fields), *keys(group.groups))
    ]
