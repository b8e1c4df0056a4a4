"""The examples of the manual pages."""

from __future__ import annotations

# For each command ("" is the app itself): what is wanted, and the command line for it.
EXAMPLES = {
    "": {
        "See the tools work, on sample files and without a peer:": "dcmtools demo",
        "Show the options of a command:": "dcmtools storescu --help",
    },
    "echoscu": {
        "Verify that a peer answers, and see how fast:": (
            "dcmtools echoscu -v --repeat 5 -aec ARCHIVE pacs.example.org 104"
        ),
        "See which SOP classes a peer accepts in which transfer syntaxes:": (
            "dcmtools echoscu --probe -aec ARCHIVE pacs.example.org 104"
        ),
        "The same for one SOP class, as JSON:": (
            "dcmtools echoscu --probe --sop-class CTImageStorage --json pacs.example.org 104"
        ),
        "See what is proposed, and what the peer answers:": "dcmtools echoscu -d pacs.example.org 104",
        "Let a script go on as soon as a peer that is starting answers:": (
            "dcmtools echoscu --wait 60 ARCHIVE@pacs.example.org:104"
        ),
    },
    "echoscp": {
        "Answer on port 11112, and log who asks:": "dcmtools echoscp -v -aet VERIFIER 11112",
        "Answer over TLS only, and only to clients with a certificate of the hospital:": (
            "dcmtools echoscp --tls --tls-cert scp.pem --tls-key scp.key \\\n"
            "    --tls-ca hospital.pem --tls-require-client-cert 2762"
        ),
    },
    "storescu": {
        "Send a folder and all folders below it:": (
            "dcmtools storescu -v -r -aec ARCHIVE pacs.example.org 104 series/"
        ),
        "Send a folder until all of it is stored, however often the network fails or this is run again:": (
            "dcmtools storescu -r --retries 10 --journal series.jsonl ARCHIVE@pacs.example.org:104 series/"
        ),
        "Let a program see what becomes of each file:": (
            "dcmtools storescu -r -q --json ARCHIVE@pacs.example.org:104 series/"
        ),
        "Send two files as implicit VR little endian:": "dcmtools storescu -xi localhost 11112 ct.dcm mr.dcm",
    },
    "storescp": {
        "Receive objects of any SOP class, private ones included, into a folder:": (
            "dcmtools storescp -v -od received --promiscuous 11112"
        ),
        "Let objects that have been received before stay as they are:": (
            "dcmtools storescp -od received --on-existing keep 11112"
        ),
        "Receive ten objects on any free port, which a script finds in a file, within a minute:": (
            "dcmtools storescp -od received --ready-file port --exit-after 10 --timeout 60 0"
        ),
        "Run a program, with a JSON document on its standard input, for each study that is complete:": (
            'dcmtools storescp -od received --exec "study:python3 on_study.py" 11112'
        ),
        "Receive from one network and from known users only, whose passwords TLS hides from others:": (
            "dcmtools storescp -od received --allow-address 10.1.0.0/16 --users scp.users \\\n"
            "    --tls --tls-cert scp.pem 2762"
        ),
        "See what a sender does when its third object is refused, and the answer to the fifth lost:": (
            "dcmtools storescp -v 11112 --inject store:3:status=0xA700 --inject store:5:drop@response"
        ),
        "Reject one association in ten and be slow in each, the same way in each run:": (
            "dcmtools storescp -v 11112 --inject associate:10%:reject=limit --inject any:all:delay=2 \\\n"
            "    --inject-seed 1"
        ),
    },
    "findscu": {
        "List the studies of a patient:": (
            "dcmtools findscu -S -aec ARCHIVE pacs.example.org 104 \\\n"
            "    -k QueryRetrieveLevel=STUDY -k PatientID=12345 -k StudyInstanceUID"
        ),
        "List the studies of a day, the last one first:": (
            "dcmtools findscu -q -aec ARCHIVE pacs.example.org 104 --level STUDY \\\n"
            "    -k StudyDate=20260302 --sort -StudyTime --format table"
        ),
        "Look up many accession numbers, and see which are not there:": (
            "dcmtools findscu -q -aec ARCHIVE pacs.example.org 104 --level STUDY \\\n"
            "    --queries accessions.csv --format csv --fail-empty"
        ),
        "Ask a worklist for the CT examinations:": (
            "dcmtools findscu -W -aec RIS ris.example.org 104 -k PatientName \\\n"
            "    -k 'ScheduledProcedureStepSequence[0].Modality=CT'"
        ),
    },
    "getscu": {
        "Retrieve a study into a folder:": (
            "dcmtools getscu -S -aec ARCHIVE -od study pacs.example.org 104 \\\n"
            "    -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.840.113619.2.1"
        ),
        "Retrieve it into a folder for each patient and series:": (
            "dcmtools getscu -S -aec ARCHIVE -od studies pacs.example.org 104 \\\n"
            "    --path-template '{PatientID}/{SeriesNumber:04}/{SOPInstanceUID}.dcm' \\\n"
            "    -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.840.113619.2.1"
        ),
    },
    "movescu": {
        "Let an archive send a study to a workstation that it knows:": (
            "dcmtools movescu -S -aec ARCHIVE -aem WORKSTATION pacs.example.org 104 \\\n"
            "    -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.840.113619.2.1"
        ),
        "Receive the study here; the archive knows DESK as this host and port 11113:": (
            "dcmtools movescu -S -aec ARCHIVE -aem DESK pacs.example.org 104 \\\n"
            "    --store --store-aet DESK --store-port 11113 -od study \\\n"
            "    -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.840.113619.2.1"
        ),
    },
    "qrscp": {
        "Keep an archive in the current folder, on port 11112, and log who asks:": "dcmtools qrscp -v",
        "Keep one as a configuration file says, which has the move destinations:": (
            "dcmtools qrscp -c /etc/dcmtools/qrscp.ini"
        ),
        "Take over the files of a folder where they are:": "dcmtools qrscp -c qrscp.ini --index /data/ct",
        "Answer every second query as one that is out of resources, to test a client:": (
            "dcmtools qrscp -v --inject find:every2:status=0xA700"
        ),
        "See whether database and files agree, and put right what does not:": (
            "dcmtools qrscp -c qrscp.ini --verify"
        ),
    },
    "users": {
        "Let a user in, whose password is the first line of a file:": (
            "dcmtools users scp.users anna --password-file secret.txt"
        ),
        "Let in a device that can send a user name and no password:": (
            "dcmtools users scp.users scanner --no-password"
        ),
    },
    "explain": {
        "See what a storage peer means, and what to do:": "dcmtools explain 0xA700 --service storage",
        "Look up UIDs, data elements and keywords:": (
            "dcmtools explain 1.2.840.10008.1.2.4.90 '(0010,0010)' CTImageStorage"
        ),
    },
    "peers": {
        "See which of the named peers answer:": "dcmtools peers --check",
        "List their names, for scripts:": "dcmtools peers --names",
    },
    "demo": {
        "See the tools work, and keep what was stored and retrieved:": "dcmtools demo --keep received",
    },
}
