"""Every GraphQL document that is ever sent; each is checked in the tests against GitHub's own schema."""

VIEWER = """
query Viewer {
  viewer {
    login
  }
}
"""

# REST cannot change whether a pull request is a draft.
MARK_READY = """
mutation MarkReady($pull: ID!) {
  markPullRequestReadyForReview(input: {pullRequestId: $pull}) {
    pullRequest {
      isDraft
    }
  }
}
"""

MARK_DRAFT = """
mutation MarkDraft($pull: ID!) {
  convertPullRequestToDraft(input: {pullRequestId: $pull}) {
    pullRequest {
      isDraft
    }
  }
}
"""

DOCUMENTS = (VIEWER, MARK_READY, MARK_DRAFT)
