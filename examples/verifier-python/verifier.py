"""A reward of one's own: the share of the words of the right answer that a completion has.

    python verifier.py [PORT]
"""
import sys
from concurrent import futures

import grpc
from thirteen.reward.v1 import verifier_service_pb2 as messages
from thirteen.reward.v1 import verifier_service_pb2_grpc as services


class Words(services.VerifierServiceServicer):
    """A pure function of the request: it may come twice."""

    def Verify(self, request, context):
        wanted = set(request.answer.lower().split())
        if not wanted:
            # An error is no reward: the group is parked with this reason.
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"problem {request.problem_id} has no answer")
        response = messages.VerifyResponse()
        for completion in request.completions:
            found = wanted & set(completion.text.lower().split())
            response.judgements.add(
                reward=len(found) / len(wanted),
                detail=f"{len(found)} of {len(wanted)} words",
                correct=found == wanted)
        return response


def serve(port):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    services.add_VerifierServiceServicer_to_server(Words(), server)
    port = server.add_insecure_port(f"0.0.0.0:{port}")
    server.start()
    print(f"verifier on port {port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    serve(int(sys.argv[1]) if len(sys.argv) > 1 else 50051)
